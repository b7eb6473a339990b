"""The notice and the terms of a provider, written from the data map and the provider's policy."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

from ringfence.declarations import REGISTRY, Flow, Keep, Purpose, Record, Registry
from ringfence.declarations.declaration import PersonalField
from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId
from ringfence.privacy.notices.catalogue import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    flow_rests,
    flow_says,
    say,
    word,
)
from ringfence.privacy.notices.policy import NamedRecipient, ProviderPolicy

__all__ = ["Notice", "Notices", "Paragraph", "UnknownProvider", "Versions"]

_TERMS = ("service", "password", "push", "limits", "end")


class UnknownProvider(PeerFault):
    """There is no provider of that name here."""

    code = "unknown_provider"
    http_status = 404


@final
@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading and its sentences, as plain text."""

    heading: str
    sentences: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Versions:
    """What holds now: 64 hex digits each, the same in all languages; a changed word is another version."""

    notice: str
    terms: str


@final
@dataclass(frozen=True, slots=True)
class Notice:
    """The texts in one language.

    `bound` leads from each entry of the data map (`table.field`, or a flow's name) to the sentence that speaks for it.
    """

    language: str
    notice_version: str
    terms_version: str
    title: str
    notice: tuple[Paragraph, ...]
    terms: tuple[Paragraph, ...]
    bound: Mapping[str, str]


@final
class Notices:
    """The current texts of all providers; written once, when first asked for."""

    def __init__(self, policies: Iterable[ProviderPolicy], *, registry: Registry = REGISTRY) -> None:
        self._policies = {policy.id: policy for policy in policies}
        self._registry = registry
        self._written: dict[ProviderId, tuple[Versions, dict[str, Notice]]] = {}

    def versions(self, provider: ProviderId) -> Versions:
        """Raises UnknownProvider."""
        return self._of(provider)[0]

    def current(self, provider: ProviderId, language: str) -> Notice:
        """In that language, or in English where we don't speak it. Raises UnknownProvider."""
        notices = self._of(provider)[1]
        return notices.get(language, notices[DEFAULT_LANGUAGE])

    def _of(self, provider: ProviderId) -> tuple[Versions, dict[str, Notice]]:
        if provider not in self._policies:
            raise UnknownProvider(provider=provider)
        if provider not in self._written:
            self._written[provider] = _write(self._policies[provider], self._registry)
        return self._written[provider]


def _write(policy: ProviderPolicy, registry: Registry) -> tuple[Versions, dict[str, Notice]]:
    drafts = {language: _Draft(language, policy, registry) for language in LANGUAGES}
    notices = {language: draft.notice() for language, draft in drafts.items()}
    terms = {language: draft.terms() for language, draft in drafts.items()}
    versions = Versions(_digest(notices), _digest(terms))
    return versions, {
        language: Notice(
            language=language, notice_version=versions.notice, terms_version=versions.terms,
            title=say(language, "text", "title", provider=policy.name),
            notice=notices[language], terms=terms[language], bound=draft.bound,
        )
        for language, draft in drafts.items()
    }  # fmt: skip


def _digest(texts: Mapping[str, tuple[Paragraph, ...]]) -> str:
    plain = {language: [[part.heading, *part.sentences] for part in parts] for language, parts in texts.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class _Draft:
    """One provider's texts in one language, being written."""

    def __init__(self, language: str, policy: ProviderPolicy, registry: Registry) -> None:
        self._language = language
        self._policy = policy
        self._registry = registry
        self.bound: dict[str, str] = {}

    def notice(self) -> tuple[Paragraph, ...]:
        return (
            self._paragraph("who", self._who()),
            self._paragraph("held", (*self._held(), self._say("held", "sealed"), self._say("held", "nothing_else"))),
            self._paragraph("flows", self._flows()),
            self._paragraph("recipients", (*self._recipients(), self._say("text", "no_recipient"))),
            self._paragraph("erasure", (self._say("erasure", key) for key in ("how", "when", "rest"))),
            self._paragraph(
                "rights",
                (self._say("rights", key) for key in ("access", "rectify", "answer", "complain", "automated")),
            ),
            self._paragraph("needed", (self._say("needed", key) for key in ("text", "age"))),
        )

    def terms(self) -> tuple[Paragraph, ...]:
        return tuple(
            Paragraph(self._say("terms", f"{part}_heading"), (self._say("terms", part),)) for part in _TERMS
        )  # fmt: skip

    def _paragraph(self, section: str, sentences: Iterable[str]) -> Paragraph:
        return Paragraph(self._say(section, "heading"), tuple(sentences))

    def _say(self, section: str, key: str, **facts: object) -> str:
        policy = self._policy
        return say(
            self._language, section, key, provider=policy.name, controller=policy.controller,
            officer=policy.privacy_officer, authority=policy.supervisory_authority, operator=policy.operator,
            country=facts.pop("country", policy.country), age=policy.minimum_age,
            reachable_days=policy.reachable_days, **facts,
        )  # fmt: skip

    def _who(self) -> Iterator[str]:
        yield self._say("who", "controller")
        yield self._say("who", "officer")
        yield self._say("who", "operated" if self._policy.operator else "own")

    def _held(self) -> Iterator[str]:
        """One sentence for what is alike; each declared field is bound to its sentence."""
        seen: set[str] = set()
        for kind, field in self._fields():
            sentence = self._entry(kind, field)
            self.bound[f"{kind.declaration.name}.{field.name}"] = sentence
            if sentence not in seen:
                seen.add(sentence)
                yield sentence

    def _fields(self) -> Iterator[tuple[type[Record], PersonalField]]:
        return ((kind, field) for kind in self._registry.about_people() for field in kind.declaration.personal)

    def _entry(self, kind: type[Record], field: PersonalField) -> str:
        says, keep = field.says, kind.declaration.keep
        assert keep is not None  # noqa: S101 - records about people always have one
        return self._say(
            "text", "entry", category=word(self._language, says.category), purpose=self._purpose(says.purpose),
            basis=word(self._language, says.purpose.basis), source=word(self._language, says.source),
            kept=self._kept(keep),
        )  # fmt: skip

    def _purpose(self, purpose: Purpose) -> str:
        return word(self._language, purpose)

    def _kept(self, keep: Keep) -> str:
        return word(self._language, keep, reachable_days=self._policy.reachable_days)

    def _flows(self) -> Iterator[str]:
        for flow in sorted(self._registry.flows, key=lambda flow: flow.name):
            sentence = self._flow(flow)
            self.bound[flow.name] = sentence
            yield sentence

    def _flow(self, flow: Flow) -> str:
        carried = " ".join(word(self._language, category) for category in flow.carries)
        return self._say(
            "text", "flow", says=flow_says(self._language, flow),
            categories=carried or self._say("text", "nobody"), recipient=word(self._language, flow.to),
            rests=flow_rests(self._language, flow),
        )  # fmt: skip

    def _recipients(self) -> Iterator[str]:
        for recipient in self._policy.recipients:
            yield self._recipient(recipient)

    def _recipient(self, recipient: NamedRecipient) -> str:
        key = "recipient" if recipient.mechanisms else "recipient_home"
        role = say(self._language, "legal_role", recipient.role)
        return self._say(
            "text", key, name=recipient.name, country=recipient.country, role=role,
            mechanisms="; ".join(recipient.mechanisms),
        )  # fmt: skip
