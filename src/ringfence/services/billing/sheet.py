"""A CSV file of invoices (RFC 4180), read as it comes in: never more of it in memory than one record."""

import codecs
import csv
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Final, final

from ringfence.services.billing.draft import Draft, amount, day
from ringfence.services.billing.errors import FileUnusable, InvoiceUnusable
from ringfence.services.billing.records import Origin

__all__ = ["Row", "Sheet", "SheetLimits"]

_NEEDED: Final = frozenset({"number", "issued", "name", "what", "net", "tax"})
_KNOWN: Final = _NEEDED | {"currency", "customer", "sip", "payment"}
_BOM: Final = "\ufeff"


@final
@dataclass(frozen=True, slots=True)
class SheetLimits:
    """What a file may have.

    size: bytes; a year's invoices of a large customer base come in several files.
    rows: written in one transaction, which other writers wait for: 5,000 take below half a second.
    record: characters of one line, so that an open quotation mark does not swallow the file.
    """

    size: int = 8 * 1024 * 1024
    rows: int = 5_000
    record: int = 4_096


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One record: its line in the file (from 1), and the invoice or why it is none."""

    line: int
    draft: Draft | None
    fault: InvoiceUnusable | None = None


@final
class Sheet:
    """`digest` is that of all that was read, once `rows` has ended."""

    def __init__(self, chunks: AsyncIterable[bytes], origin: Origin, limits: SheetLimits) -> None:
        self._chunks = chunks
        self._origin = origin
        self._limits = limits
        self._hash = hashlib.sha256()
        self._size = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    async def rows(self) -> AsyncIterator[Row]:
        """The records after the header. Raises FileUnusable."""
        columns: list[str] | None = None
        delimiter, count = ",", 0
        async for line, text in self._records():
            if columns is None:
                delimiter = ";" if text.count(";") > text.count(",") else ","
                columns = _header(_cells(text.removeprefix(_BOM), delimiter))
                continue
            count += 1
            if count > self._limits.rows:
                raise FileUnusable(problem="too_many_rows", at_most=self._limits.rows)
            yield self._row(line, columns, _cells(text, delimiter))
        if columns is None:
            raise FileUnusable(problem="empty")

    def _row(self, line: int, columns: list[str], cells: list[str]) -> Row:
        if len(cells) != len(columns):
            return Row(line, None, InvoiceUnusable(column=columns[min(len(cells), len(columns) - 1)]))
        try:
            return Row(line, self._draft(dict(zip(columns, cells, strict=True))))
        except InvoiceUnusable as fault:
            return Row(line, None, fault)

    def _draft(self, cells: dict[str, str]) -> Draft:
        return Draft(
            number=cells["number"].strip(),
            issued=day("issued", cells["issued"]),
            name=cells["name"].strip(),
            what=cells["what"].strip(),
            net=amount("net", cells["net"]),
            tax=amount("tax", cells["tax"]),
            currency=cells.get("currency", "").strip() or "EUR",
            customer=cells.get("customer", "").strip(),
            sip=cells.get("sip", "").strip(),
            payment=cells.get("payment", "").strip(),
            origin=self._origin,
        )

    async def _records(self) -> AsyncIterator[tuple[int, str]]:
        """Whole records with the line they begin in; a quoted value may go over several lines."""
        held, begin, line = "", 1, 0
        async for text in self._lines():
            line += 1
            begin = line if not held else begin
            held += text
            if len(held) > self._limits.record:
                raise FileUnusable(problem="record_too_long", line=begin)
            if held.count('"') % 2 == 0:
                if held.strip():
                    yield begin, held.rstrip("\r\n")
                held = ""
        if held:
            raise FileUnusable(problem="open_quotation", line=begin)

    async def _lines(self) -> AsyncIterator[str]:
        decoder, held = codecs.getincrementaldecoder("utf-8")(), ""
        async for chunk in self._chunks:
            self._size += len(chunk)
            if self._size > self._limits.size:
                raise FileUnusable(problem="too_large", at_most=self._limits.size)
            self._hash.update(chunk)
            *whole, held = (held + _decoded(decoder, chunk)).split("\n")
            for text in whole:
                yield text + "\n"
            if len(held) > self._limits.record:
                raise FileUnusable(problem="record_too_long")
        held += _decoded(decoder, b"", final=True)
        if held:
            yield held


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError:
        raise FileUnusable(problem="not_utf_8") from None


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return []


def _header(cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    missing = sorted(_NEEDED - set(columns))
    if missing:
        raise FileUnusable(problem="columns_missing", columns=" ".join(missing))
    if len(set(columns)) != len(columns) or not _KNOWN.issuperset(columns):
        raise FileUnusable(problem="columns_unknown")
    return columns
