"""What is changed: one place in one file, and which tests must notice."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

__all__ = ["Mutant", "of_numbers", "of_table"]

_DATE: Final = re.compile(r"(?<![\w\"-])(\d{4})-(\d{2})-(\d{2})(?![\w\"-])")
_NUMBER: Final = re.compile(r"(?<![\w\".-])(\d{1,4})(?![\w\".-])")


@final
@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: `before` stands at `offset` of `file` (relative to the tree), `after` is put there."""

    file: str
    offset: int
    before: str
    after: str
    line: int
    promise: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        told = f" ({self.promise})" if self.promise else ""
        return f"{self.file}:{self.line}: {' '.join(self.before.split())} -> {' '.join(self.after.split())}{told}"

    def applied(self, text: str) -> str:
        """The file's text with the change; raises ValueError when the file is another one by now."""
        end = self.offset + len(self.before)
        if text[self.offset : end] != self.before:
            raise ValueError(self.name)
        return text[: self.offset] + self.after + text[end:]


def of_numbers(tree: Path, listed: Path) -> Iterator[Mutant]:
    """Every figure of `numbers.toml`; raises ValueError for one whose text is not there exactly once."""
    for row in tomllib.loads(listed.read_text("utf-8"))["number"]:
        text = (tree / row["file"]).read_text("utf-8")
        if text.count(row["find"]) != 1:
            raise ValueError(row["file"], row["find"], text.count(row["find"]))
        offset = text.index(row["find"])
        line = text.count("\n", 0, offset) + 1
        yield Mutant(row["file"], offset, row["find"], row["put"], line, row["promise"], tuple(row["tests"]))


def of_table(tree: Path, file: str, tests: tuple[str, ...]) -> Iterator[Mutant]:
    """Each date of a TOML table moved by a day, each number grown by one; comments and texts are left alone."""
    offset = 0
    for number, line in enumerate((tree / file).read_text("utf-8").splitlines(keepends=True), 1):
        for start, before, after in _changes(line):
            yield Mutant(file, offset + start, before, after, number, "", tests)
        offset += len(line)


def _changes(line: str) -> Iterator[tuple[int, str, str]]:
    value = _bare(line)
    dates = list(_DATE.finditer(value))
    for found in dates:
        day = dt.date.fromisoformat(found[0])
        yield found.start(), found[0], (day + dt.timedelta(days=1)).isoformat()
    if not dates:
        for found in _NUMBER.finditer(value):
            yield found.start(), found[0], str(int(found[0]) + 1)


def _bare(line: str) -> str:
    """The line with keys, strings and comments blanked, so that places in it stay what they are."""
    bare, quoted = [], ""
    for character in line:
        if quoted:
            bare.append(" ")
            quoted = "" if character == quoted else quoted
        elif character in "\"'":
            quoted = character
            bare.append(" ")
        elif character == "#":
            break
        else:
            bare.append(character)
    key, equals, value = "".join(bare).partition("=")
    return " " * (len(key) + len(equals)) + value if equals else ("" if key.strip().startswith("[") else key)
