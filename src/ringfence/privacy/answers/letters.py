"""Writing letters: the items that the outline demands, each with its words, or no letter at all."""

from collections.abc import Mapping, Sequence
from typing import final

from ringfence.declarations import REGISTRY, Basis, Registry
from ringfence.privacy.answers.facts import AnswerFacts
from ringfence.privacy.answers.items import Items
from ringfence.privacy.answers.letter import Letter
from ringfence.privacy.answers.outline import ACCESS_ITEMS, Item, items_of
from ringfence.privacy.answers.told import Told
from ringfence.privacy.answers.words import LETTERS, Words
from ringfence.privacy.datamap import Entry, entries, said
from ringfence.privacy.law import Law
from ringfence.privacy.notices import DEFAULT, Catalogue, languages

__all__ = ["Letters"]


@final
class Letters:
    """In every language of the catalogues; another gets English."""

    def __init__(
        self,
        law: Law,
        *,
        registry: Registry = REGISTRY,
        data_map: Sequence[Entry] | None = None,
        catalogues: Mapping[str, Catalogue] | None = None,
    ) -> None:
        self._law = law
        self._registry = registry
        self._map = data_map
        found = catalogues or {name: Catalogue.load(LETTERS, name) for name in languages(LETTERS)}
        self._words = {language: Words(catalogue, law) for language, catalogue in found.items()}

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._words)

    def write(self, facts: AnswerFacts, language: str) -> Letter:
        """Raises LetterIncomplete or ExceptionUnfit, and UnknownRule for what the law's tables don't have."""
        return self._of(facts, language, items_of(facts.about, facts.kind, facts.outcome))

    def beside_a_copy(self, facts: AnswerFacts, language: str) -> Letter:
        """What Art. 15(1) and (2) want told with a copy, for the copy itself. Raises as `write`."""
        return self._of(facts, language, (*ACCESS_ITEMS, Item.AUTOMATED, Item.SECRECY))

    def _of(self, facts: AnswerFacts, language: str, wanted: Sequence[Item]) -> Letter:
        words = self._words.get(language, self._words[DEFAULT])
        told = Told(facts, words, self._data_map(), self._registry)
        flows = {flow.name: flow.says for flow in self._registry.flows}
        items = Items(facts, words, told, self._law, flows)
        kind = words.say(f"kind.{facts.kind.value}")
        return Letter(
            language=words.language,
            title=words.say(f"title.{facts.about.value}", kind=kind),
            sections=tuple(items.section(item) for item in wanted),
        )

    def what_ends(self, tables: Sequence[str], language: str) -> tuple[str, ...]:
        """What erasing the rows of these tables ends, to be read before it is asked for (ZOI-20)."""
        words = self._words.get(language, self._words[DEFAULT])
        found = {
            entry.purpose
            for entry in self._data_map()
            if entry.table in tables and entry.purpose.basis is Basis.CONTRACT
        }
        named = [words.say("ends.one", purpose=said(purpose, words.language)) for purpose in found]
        return (words.say("ends.service"), *sorted(named)) if named else (words.say("ends.none"),)

    def _data_map(self) -> Sequence[Entry]:
        if self._map is None:
            self._map = entries(self._registry)
        return self._map
