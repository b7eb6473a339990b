"""The announcement of a change, as a mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import final

from ringfence.clock import day_of
from ringfence.privacy.notices.catalogue import Catalogue
from ringfence.privacy.notices.change import Change, Difference
from ringfence.privacy.notices.differences import catalogue
from ringfence.privacy.notices.policy import ProviderPolicy

__all__ = ["Letter", "write"]


@final
@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body, the body twice: as plain text and as HTML."""

    subject: str
    text: str
    html: str


def write(
    policy: ProviderPolicy,
    differences: Sequence[Difference],
    holds_from: float,
    language: str,
    *,
    administrator: bool = False,
) -> Letter:
    """What changes and from which day (UTC) on, to the person or to their administrator (who is told for others)."""
    words = catalogue(language)
    facts = {
        "name": policy.name,
        "officer": policy.privacy_officer,
        "authority": policy.supervisory_authority,
        "day": words.day(day_of(holds_from)),
    }
    before = [words.text(f"announcement.{key}", **facts) for key in _opening(administrator)]
    after = [words.text(f"announcement.{key}", **facts) for key in _closing(differences)]
    heading = words.text("announcement.list")
    told = [difference.text for difference in differences]
    return Letter(
        subject=words.text("announcement.subject", **facts),
        text=_plain(before, heading, told, after),
        html=_marked_up(words, before, heading, told, after),
    )


def _opening(administrator: bool) -> tuple[str, ...]:
    return ("administrator" if administrator else "intro", "when")


def _closing(differences: Sequence[Difference]) -> tuple[str, ...]:
    choosing = any(difference.change is Change.NEW_CHOICE for difference in differences)
    return ("objecting", *(["choosing"] if choosing else []), "read", "complaining")


def _plain(before: list[str], heading: str, told: list[str], after: list[str]) -> str:
    return "\n\n".join((*before, f"{heading}\n" + "\n".join(f"- {each}" for each in told), *after)) + "\n"


def _marked_up(words: Catalogue, before: list[str], heading: str, told: list[str], after: list[str]) -> str:
    def paragraphs(texts: list[str]) -> str:
        return "".join(f"<p>{escape(text)}</p>\n" for text in texts)

    items = "".join(f"<li>{escape(each)}</li>\n" for each in told)
    body = f"{paragraphs(before)}<h2>{escape(heading)}</h2>\n<ul>\n{items}</ul>\n{paragraphs(after)}"
    return f'<!doctype html>\n<html lang="{words.language}">\n<meta charset="utf-8">\n<body>\n{body}</body>\n</html>\n'
