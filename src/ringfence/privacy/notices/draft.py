"""Writing one provider's notice and terms in one language.

Sentences about data are made from the data map, purpose by purpose; a paragraph or sentence that speaks of something
which this installation does not do is left out (ACR-03).
"""

from collections.abc import Iterable, Iterator
from typing import final

from ringfence.declarations import Basis, Category, Keep, Medium, Purpose, Registry
from ringfence.privacy.datamap import Entry, EntryKind, Word, entries, flow_said, kept, said
from ringfence.privacy.notices.catalogue import Catalogue
from ringfence.privacy.notices.policy import NamedRecipient, ProviderPolicy
from ringfence.privacy.notices.text import Paragraph

__all__ = ["Draft"]


@final
class Draft:
    """The texts, written when it is made; `bound` as in `Notice`."""

    def __init__(self, catalogue: Catalogue, policy: ProviderPolicy, registry: Registry) -> None:
        self.language = catalogue.language
        self.bound: dict[str, str] = {}
        self._catalogue = catalogue
        self._policy = policy
        self._registry = registry
        self._entries = [entry for entry in entries(registry) if entry.category is not None]
        self._facts: dict[str, str | float] = {
            "name": policy.name,
            "controller": policy.controller,
            "officer": policy.privacy_officer,
            "authority": policy.supervisory_authority,
            "operator": policy.operator,
            "country": self._country(policy.country),
            "age": policy.minimum_age,
            "days": policy.reachable_days,
        }
        self.title = self._text("title")
        self.notice = tuple(self._notice())
        self.terms = tuple(self._terms())

    # The notice

    def _notice(self) -> Iterator[Paragraph]:
        yield self._paragraph("who", "controller", "operated" if self._policy.operator else "own", "officer", "you")
        if self._holds(Category.SIP_CREDENTIAL):
            yield self._paragraph("password", "kept", "works", "use")
        yield from self._purposes()
        yield Paragraph(self._text("recipients.heading"), tuple(self._recipients()))
        yield self._paragraph("safe", "sealed", "whole")
        yield self._paragraph("leaving", "ask", "uninstall", "seven", "law", "rest")
        yield self._paragraph("rights", *self._rights())
        yield self._paragraph("needed", "why", *(["push"] if self._pushes() else []), "age")

    def _purposes(self) -> Iterator[Paragraph]:
        for purpose in Purpose:
            served = [entry for entry in self._entries if entry.purpose is purpose]
            if served:
                basis = self._text("data.basis", basis=self._said(purpose.basis))
                sentences = (basis, *self._kept(served), *self._passed(served))
                yield Paragraph(self._said(purpose).rstrip("."), sentences)

    def _kept(self, served: Iterable[Entry]) -> Iterator[str]:
        """One sentence for all fields of a category that are kept equally long."""
        alike: dict[tuple[Category | None, str], list[Entry]] = {}
        for entry in served:
            if entry.kind is EntryKind.COLUMN:
                alike.setdefault((entry.category, self._term(entry)), []).append(entry)
        for (_, term), group in alike.items():
            sources = dict.fromkeys(self._said(entry.source) for entry in group)
            sentence = self._text(
                "data.keeps", category=self._categories(group[:1]), sources=" ".join(sources), kept=term
            )
            self.bound.update((f"{entry.table}.{entry.field}", sentence) for entry in group)
            yield sentence

    def _passed(self, served: Iterable[Entry]) -> Iterator[str]:
        """One sentence for each flow."""
        flows: dict[str, list[Entry]] = {}
        for entry in served:
            if entry.kind is EntryKind.FLOW:
                flows.setdefault(entry.table, []).append(entry)
        for name, group in flows.items():
            flow = self._registry.flows[name]
            self.bound[name] = self._text(
                "data.passes",
                says=flow_said(name, flow.says, self.language),
                categories=self._categories(group),
                source=self._said(flow.source),
                recipient=self._said(flow.to),
                rests=self._term(group[0]),
            )
            yield self.bound[name]

    def _term(self, entry: Entry) -> str:
        """How long; where the policy sets the days, with its own figure."""
        of_policy = self._text("keep.while_reachable")
        return of_policy if entry.retention == Keep.WHILE_REACHABLE.sentence else kept(entry, self.language)[0]

    def _recipients(self) -> Iterator[str]:
        recipients = self._policy.recipients
        yield from map(self._recipient, recipients)
        if any(recipient.mechanisms for recipient in recipients):
            yield self._text("recipients.safeguards")
        if not recipients:
            yield self._text("recipients.none")
        yield self._text("recipients.sold")

    def _recipient(self, recipient: NamedRecipient) -> str:
        return self._text(
            "recipients.abroad" if recipient.mechanisms else "recipients.home",
            recipient=recipient.name,
            country=self._country(recipient.country),
            role=self._text(f"legal_role.{recipient.role}"),
            mechanisms="; ".join(recipient.mechanisms),
        )

    def _rights(self) -> Iterator[str]:
        yield from ("access", "rectify", "erase", "restrict", "carry", "object")
        if any(entry.purpose.basis is Basis.CONSENT for entry in self._entries):
            yield "withdraw"
        yield from ("ask", "complain", "machine")

    # The terms

    def _terms(self) -> Iterator[Paragraph]:
        push = ["push"] if self._pushes() else []
        yield self._paragraph("terms.service", "does", *push)
        yield self._paragraph("terms.agreeing", "contract", "notice", "before", "evidence")
        yield self._paragraph("terms.account", "own")
        yield self._paragraph("terms.limits", *push, "emergency")
        yield self._paragraph("terms.ending", "you", "change")

    # What the installation does

    def _holds(self, category: Category) -> bool:
        return any(entry.category is category and entry.kind is EntryKind.COLUMN for entry in self._entries)

    def _pushes(self) -> bool:
        return any(entry.kind is EntryKind.FLOW and entry.field == Medium.PUSH.value for entry in self._entries)

    # Words

    def _paragraph(self, section: str, *keys: str) -> Paragraph:
        return Paragraph(self._text(f"{section}.heading"), tuple(self._text(f"{section}.{key}") for key in keys))

    def _text(self, key: str, **facts: str) -> str:
        return self._catalogue.text(key, **{**self._facts, **facts})

    def _said(self, word: Word) -> str:
        return said(word, self.language)

    def _categories(self, group: Iterable[Entry]) -> str:
        return " ".join(self._said(entry.category) for entry in group if entry.category is not None)

    def _country(self, code: str) -> str:
        """Its name; the code itself where the catalogue has none."""
        key = f"country.{code}"
        return self._catalogue.text(key) if key in self._catalogue.keys else code
