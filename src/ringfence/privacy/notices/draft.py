"""Writing one provider's notice and terms in one language.

Sentences about data are made from the data map, purpose by purpose; all others stand in the outline, and one whose
topic this installation does not have is left out (ACR-03). No sentence is without its topic, and no datum without its
sentence.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, final

from ringfence.declarations import Category, Keep, Purpose, Registry
from ringfence.privacy.datamap import Entry, EntryKind, Word, entries, flow_said, kept, said
from ringfence.privacy.notices.activity import Activity
from ringfence.privacy.notices.catalogue import Catalogue
from ringfence.privacy.notices.errors import SpeaksOfNothing, Unsaid
from ringfence.privacy.notices.outline import AFTER, BEFORE, FEATURES, RECIPIENTS, TERMS, Section
from ringfence.privacy.notices.policy import NamedRecipient, ProviderPolicy
from ringfence.privacy.notices.text import DATA, Paragraph, Sentence
from ringfence.privacy.notices.topic import Ground, Topic, does, names_of

__all__ = ["Draft"]


_MANY: Final = 12  # kinds of data in one sentence; a reader loses count long before


@final
class Draft:
    """The texts, written when it is made. Raises Unsaid or SpeaksOfNothing, which would be a defect of ours."""

    def __init__(self, catalogue: Catalogue, policy: ProviderPolicy, registry: Registry) -> None:
        self.language = catalogue.language
        self._catalogue = catalogue
        self._policy = policy
        self._registry = registry
        self._entries = [entry for entry in entries(registry) if entry.category is not None]
        self._ground = Ground(self._entries, policy)
        self._named = _named(self._entries)
        self._facts = self._told()
        self.title = self._text("title")
        self.notice_title = self._text("notice_title")
        self.terms_title = self._text("terms_title")
        self.notice = tuple(self._notice())
        self.terms = tuple(self._sections(TERMS))
        self._check()

    # The notice

    def _notice(self) -> Iterator[Paragraph]:
        yield from self._sections(BEFORE)
        yield Paragraph(self._text("roles.heading"), tuple(self._roles()))
        yield from self._purposes()
        yield from self._features()
        yield Paragraph(self._text("recipients.heading"), tuple(self._recipients()))
        yield from self._sections(AFTER)
        yield from self._own()

    def _roles(self) -> Iterator[Sentence]:
        """Who is controller and who processor, activity by activity (ACR-04)."""
        for activity in Activity:
            if about := does(activity)(self._ground):
                name = self._text(f"activity.{activity.value}")
                yield self._sentence(f"roles.{self._role_in(activity)}", about, activity=name)

    def _role_in(self, activity: Activity) -> str:
        if not self._policy.operator:
            return "alone"
        return "decides" if activity in self._policy.operator_decides else "works"

    def _purposes(self) -> Iterator[Paragraph]:
        for purpose in Purpose:
            served = [entry for entry in self._entries if entry.purpose is purpose]
            if served:
                about = names_of(served)
                basis = self._sentence("data.basis", about, basis=self._said(purpose.basis))
                need = self._sentence(f"data.need.{purpose.basis.value}", about)
                sentences = (basis, need, *self._kept(served), *self._passed(served))
                yield Paragraph(self._said(purpose).rstrip("."), sentences)

    def _kept(self, served: Iterable[Entry]) -> Iterator[Sentence]:
        """One sentence for all fields of a category that are kept equally long."""
        alike: dict[tuple[Category | None, str], list[Entry]] = {}
        for entry in served:
            if entry.kind is EntryKind.COLUMN:
                alike.setdefault((entry.category, self._term(entry)), []).append(entry)
        for (_, term), group in alike.items():
            sources = dict.fromkeys(self._said(entry.source) for entry in group)
            yield self._sentence(
                "data.keeps",
                names_of(group),
                category=self._categories(group[:1]),
                sources=" ".join(sources),
                kept=term,
            )

    def _passed(self, served: Iterable[Entry]) -> Iterator[Sentence]:
        """One sentence for each flow."""
        flows: dict[str, list[Entry]] = {}
        for entry in served:
            if entry.kind is EntryKind.FLOW:
                flows.setdefault(entry.table, []).append(entry)
        for name, group in flows.items():
            flow = self._registry.flows[name]
            yield self._sentence(
                "data.passes",
                (name,),
                says=flow_said(name, flow.says, self.language),
                categories=self._carried(group),
                source=self._said(flow.source),
                recipient=self._said(flow.to),
                rests=self._term(group[0]),
            )

    def _carried(self, group: Sequence[Entry]) -> str:
        """What goes along. A flow of very many kinds names those only that no other sentence does."""
        if len(group) <= _MANY:
            return self._categories(group)
        alone = [entry for entry in group if entry.category not in self._named]
        return " ".join(filter(None, (self._text("data.many"), self._categories(alone))))

    def _term(self, entry: Entry) -> str:
        """How long; where the policy sets the days, with its own figure."""
        of_policy = self._text("keep.while_reachable")
        return of_policy if entry.retention == Keep.WHILE_REACHABLE.sentence else kept(entry, self.language)[0]

    def _features(self) -> Iterator[Paragraph]:
        return self._sections(FEATURES[purpose] for purpose in Purpose if purpose in self._policy.offers)

    def _recipients(self) -> Iterator[Sentence]:
        recipients, about = self._policy.recipients, ("policy.recipients",)
        for recipient in recipients:
            yield self._recipient(recipient)
        if any(recipient.mechanisms for recipient in recipients):
            yield self._sentence("recipients.safeguards", about)
        yield from self._outlined(RECIPIENTS.items())

    def _recipient(self, recipient: NamedRecipient) -> Sentence:
        resting = "abroad" if recipient.mechanisms else "blocked" if recipient.goes_abroad else "home"
        return self._sentence(
            f"recipients.{resting}",
            ("policy.recipients",),
            recipient=recipient.name,
            country=self._country(recipient.country),
            role=self._text(f"legal_role.{recipient.role}"),
            mechanisms="; ".join(recipient.mechanisms),
        )

    def _own(self) -> Iterator[Paragraph]:
        """The provider's own paragraphs; in the language it wrote first, where it has none in the reader's."""
        written = self._policy.paragraphs
        language = self.language if self.language in written else next(iter(written), "")
        for paragraph in written.get(language, ()):
            sentence = Sentence(paragraph.text, "own", ("policy.paragraphs",))
            yield Paragraph(paragraph.heading, (sentence,), mark=self._text("own.mark"), language=language)

    # What holds for all sentences

    def _sections(self, sections: Iterable[Section]) -> Iterator[Paragraph]:
        for section in sections:
            if sentences := tuple(self._outlined(section.sentences)):
                yield Paragraph(self._text(f"{section.name}.heading"), sentences)

    def _outlined(self, keyed: Iterable[tuple[str, Topic]]) -> Iterator[Sentence]:
        for key, topic in keyed:
            if about := topic(self._ground):
                yield self._sentence(key, about)

    def _sentence(self, key: str, about: tuple[str, ...], **facts: str) -> Sentence:
        return Sentence(self._text(key, **facts), key, about)

    def _check(self) -> None:
        sentences = [sentence for part in (*self.notice, *self.terms) for sentence in part.said]
        said_of = {name for sentence in sentences if sentence.key in DATA for name in sentence.about}
        for datum in sorted(self._ground.data - said_of):
            raise Unsaid(datum=datum, language=self.language)
        for sentence in sentences:
            unknown = set(sentence.about) - self._ground.names
            if unknown or not sentence.about:
                raise SpeaksOfNothing(sentence=sentence.key, language=self.language, about=min(unknown, default=""))

    # Words

    def _told(self) -> dict[str, str | float]:
        policy = self._policy
        return {
            "name": policy.name,
            "controller": policy.controller,
            "officer": policy.privacy_officer,
            "authority": policy.supervisory_authority,
            "operator": policy.operator,
            "country": self._country(policy.country),
            "place": self._country(policy.place),
            "age": policy.minimum_age,
            "days": self._catalogue.count("days", policy.reachable_days),
        }

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


def _named(entries: Iterable[Entry]) -> frozenset[Category | None]:
    """Kinds of data that a sentence names whatever else is left out: of tables, and of flows with few kinds."""
    found: set[Category | None] = set()
    flows: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind is EntryKind.COLUMN:
            found.add(entry.category)
        else:
            flows.setdefault(entry.table, []).append(entry)
    return frozenset(found.union(*({entry.category for entry in few} for few in flows.values() if len(few) <= _MANY)))
