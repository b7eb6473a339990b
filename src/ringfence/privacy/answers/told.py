"""What the data map says of what is held about one person, in the words of a letter."""

from collections.abc import Callable, Iterable, Sequence
from typing import final

from ringfence.declarations import Basis, Category, Purpose, Registry, Source
from ringfence.privacy.answers.errors import LetterIncomplete
from ringfence.privacy.answers.facts import AnswerFacts
from ringfence.privacy.answers.words import Words
from ringfence.privacy.datamap import Entry, EntryKind, kept, said

__all__ = ["Told"]

_BY_CODE = {category.value: category for category in Category}


@final
class Told:
    """The entries of what is held, and sentences about them.

    Raises LetterIncomplete for a field that is held and that the data map does not speak of.
    """

    def __init__(self, facts: AnswerFacts, words: Words, data_map: Sequence[Entry], registry: Registry) -> None:
        self._facts = facts
        self._words = words
        self._rows = {held.table: held.rows for held in facts.held if held.rows}
        self._held = [entry for entry in data_map if entry.kind is EntryKind.COLUMN and entry.table in self._rows]
        passed = {recipient.flow for recipient in facts.recipients}
        self._all = [*self._held, *(entry for entry in data_map if entry.table in passed and entry.category)]
        self._check(registry)

    def purposes(self) -> list[str]:
        """Each purpose with its lawful basis."""
        return [f"{self._said(purpose)} {self._said(purpose.basis)}" for purpose in self.served()]

    def served(self, basis: Basis | None = None) -> list[Purpose]:
        """The purposes that something held serves, in the order of the vocabulary; of one basis."""
        found = {entry.purpose for entry in self._all}
        return [purpose for purpose in Purpose if purpose in found and basis in {None, purpose.basis}]

    def needs(self) -> list[str]:
        """By basis: whether it must be given, and what a no means (Art. 13(2)(e))."""
        found = [(basis, self.served(basis)) for basis in Basis]
        return [
            self._words.say(f"need.{basis.value}", purposes=" ".join(map(self._said, served)))
            for basis, served in found
            if served
        ]

    def categories(self) -> list[str]:
        """Each category with the number of rows in which there is something of it."""
        tables: dict[Category, set[str]] = {}
        for entry, category in _categorised(self._held):
            tables.setdefault(category, set()).add(entry.table)
        return [
            self._words.say(
                "categories.one", category=self._said(category), rows=sum(self._rows[table] for table in held)
            )
            for category, held in tables.items()
        ]

    def durations(self) -> list[str]:
        """How long each category is kept."""
        return self._each("duration.one", "kept", lambda entry: kept(entry, self._words.language)[0])

    def sources(self) -> list[str]:
        """Where each category comes from."""
        return self._each("source.one", "sources", lambda entry: self._said(entry.source))

    def bases(self, tables: Iterable[str]) -> list[str]:
        """On what the data in these tables (none: in all) stands."""
        chosen = set(tables) or set(self._rows)
        found = {entry.purpose.basis for entry in self._held if entry.table in chosen}
        return [self._said(basis) for basis in Basis if basis in found]

    def category(self, code: str) -> str:
        return self._said(_BY_CODE[code])

    def _each(self, key: str, fact: str, tell: Callable[[Entry], str]) -> list[str]:
        found: dict[Category, dict[str, None]] = {}
        for entry, category in _categorised(self._held):
            found.setdefault(category, {})[tell(entry)] = None
        return [
            self._words.say(key, category=self._said(category), **{fact: " ".join(told)})
            for category, told in found.items()
        ]

    def _said(self, word: Purpose | Basis | Category | Source) -> str:
        return said(word, self._words.language)

    def _check(self, registry: Registry) -> None:
        spoken = {(entry.table, entry.field) for entry in self._held}
        for table in self._rows:
            for field in registry[table].declaration.personal:
                if (table, field.name) not in spoken:
                    raise LetterIncomplete(table=table, field=field.name)


def _categorised(entries: Iterable[Entry]) -> list[tuple[Entry, Category]]:
    return [(entry, entry.category) for entry in entries if entry.category is not None]
