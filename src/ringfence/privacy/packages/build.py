"""Making a package: every table to JSON, CSV and vCard, a start page for people, a manifest, and our signature.

    Holdings ──pages──> View ──rows──> JSON ─┐
                                       CSV   ├──chunks──> one thread: Archive (deflate, SHA-256) ──> sink
                                       vCard ┘

A ZIP takes one file at a time. So of each table the JSON goes straight in, while the CSV is held, and when 16 MB are
held both end and a next pair of files begins: whatever a person's rows amount to, memory stays the same. Reading and
opening go on while the thread compresses what came before.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar, final

import msgspec

from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, SubjectId
from ringfence.privacy.ledger import Signer
from ringfence.privacy.packages.archive import Archive, Sink, Written
from ringfence.privacy.packages.holdings import Holding, Holdings
from ringfence.privacy.packages.origin import origin_of
from ringfence.privacy.packages.records import Kind
from ringfence.privacy.packages.spelling import csv_head, csv_rows, json_rows, schema_of
from ringfence.privacy.packages.startpage import Told, start_page
from ringfence.privacy.packages.vcard import card_fields, cards
from ringfence.privacy.packages.verifier import FORMAT, MANIFEST, SIGNATURE, VERSION
from ringfence.privacy.packages.view import Rows

__all__ = ["Built", "Order", "Progress", "build"]

_HELD: Final = 16 << 20  # bytes of CSV, before compression, that wait for their turn
_SHOWN: Final = 25  # rows of each table on the start page; the files have all

T = TypeVar("T")
Progress = Callable[[int], None]
"""Hears how many rows are done so far; must not take time."""


@final
@dataclass(frozen=True, slots=True)
class Order:
    """What to make. `made` is epoch seconds; `recipients` are the provider's own, by name."""

    package: RowId
    provider: ProviderId
    subject: SubjectId
    kind: Kind
    language: str
    made: float
    case: CaseId | None = None
    letter: tuple[str, ...] = ()
    provider_name: str = ""
    recipients: Mapping[RecipientId, str] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Built:
    """What was made. `digest` is the manifest's SHA-256 in hex."""

    rows: int
    digest: str


async def build(holdings: Holdings, signer: Signer, order: Order, sink: Sink, progress: Progress) -> Built:
    """Write the whole package into the sink, which stays open."""
    async with _line() as line:
        archive = Archive(sink)
        making = _Making(line, archive, order, progress)
        for holding in await holdings.of(order.provider, order.subject, kind=order.kind):
            await making.table(holding)
        return await making.finish(signer)


@final
class _Line:
    """One thread, and at most one piece of work waiting for it, so that memory is bounded."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._running: asyncio.Future[object] | None = None

    async def put(self, work: Callable[..., object], *arguments: object) -> None:
        """Hand on a piece; comes back as soon as the one before is done. Raises what that one raised."""
        await self.done()
        self._running = asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def ask(self, work: Callable[..., T], *arguments: object) -> T:
        """Hand on a piece, and wait for its answer."""
        await self.done()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def done(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running


@asynccontextmanager
async def _line() -> AsyncIterator[_Line]:
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="package") as thread:
        yield _Line(thread)


@final
class _Making:
    """A package while it is made."""

    def __init__(self, line: _Line, archive: Archive, order: Order, progress: Progress) -> None:
        self._line = line
        self._archive = archive
        self._order = order
        self._progress = progress
        self._files: list[dict[str, object]] = []
        self._told: list[Told] = []
        self._rows = 0

    async def table(self, holding: Holding) -> None:
        """All rows of a table; a table without any leaves nothing behind."""
        table: _Table | None = None
        async for rows in holding.pages():
            table = table or _Table(holding, self._line, self._archive)
            await table.add(rows)
            self._rows += len(rows)
            self._progress(self._rows)
        if table is not None:
            await table.end()
            self._files += table.files
            self._told.append(Told(holding.view, holding.keep, table.rows, tuple(table.first), tuple(table.names)))
            schema = msgspec.json.format(msgspec.json.encode(schema_of(holding.view)))
            written = await self._line.ask(self._archive.put, f"schema/{holding.view.name}.schema.json", schema)
            self._files.append(_entry(written, 0))

    async def finish(self, signer: Signer) -> Built:
        """Start page, manifest, signature, directory."""
        order = self._order
        page = start_page(self._told, order.language, _facts(order), order.letter, order.recipients)
        self._files.append(_entry(await self._line.ask(self._archive.put, "index.html", page.encode()), 0))
        manifest = msgspec.json.format(msgspec.json.encode(self._manifest(signer)))
        written = await self._line.ask(self._archive.put, MANIFEST, manifest)
        await self._line.ask(self._archive.put, SIGNATURE, signer.sign(manifest).hex().encode())
        await self._line.ask(self._archive.close)
        return Built(self._rows, written.digest)

    def _manifest(self, signer: Signer) -> dict[str, object]:
        order = self._order
        return {
            "format": FORMAT,
            "version": VERSION,
            "package": order.package,
            "provider": order.provider,
            "kind": order.kind.value,
            "case": order.case,
            "language": order.language,
            "made": _moment(order.made),
            "rows": self._rows,
            "key_id": signer.key_id,
            "public_key": signer.public_key,
            "files": self._files,
        }


@final
class _Table:
    """The files of one table."""

    def __init__(self, holding: Holding, line: _Line, archive: Archive) -> None:
        self._view = holding.view
        self._line = line
        self._archive = archive
        self._cards = card_fields(self._view)
        self._about = _about(holding)
        self._segment = 0
        self._segment_rows = 0
        self._csv = bytearray()
        self._vcf = bytearray()
        self.rows = 0
        self.first: list[dict[str, object]] = []
        self.names: list[str] = []
        self.files: list[dict[str, object]] = []

    async def add(self, rows: Rows) -> None:
        if not self._segment_rows:
            await self._begin()
        else:
            await self._line.put(self._archive.write, b",\n")
        await self._line.put(self._archive.write, json_rows(rows))
        self._csv += csv_rows(rows)
        if self._cards:
            self._vcf += cards(self._cards, rows.told())
        self._segment_rows += len(rows)
        self.rows += len(rows)
        self.first += rows.told(_SHOWN - len(self.first))
        if len(self._csv) + len(self._vcf) > _HELD:
            await self.end()

    async def end(self) -> None:
        """The files that are begun, to their end."""
        if not self._segment_rows:
            return
        await self._line.put(self._archive.write, b"]\n")
        self._enter(await self._line.ask(self._archive.end))
        held, self._csv = bytes(self._csv), bytearray()
        self._enter(await self._line.ask(self._archive.put, self._name("csv"), held))
        if self._vcf:
            held, self._vcf = bytes(self._vcf), bytearray()
            self._enter(await self._line.ask(self._archive.put, self._name("vcf"), held))
        self._segment_rows = 0

    async def _begin(self) -> None:
        self._segment += 1
        await self._line.put(self._archive.begin, self._name("json"))
        await self._line.put(self._archive.write, b"[")
        self._csv += csv_head(self._view)

    def _enter(self, written: Written) -> None:
        self.names.append(written.name)
        self.files.append(_entry(written, self._segment_rows) | self._about)

    def _name(self, form: str) -> str:
        number = "" if self._segment == 1 else f"-{self._segment}"
        return f"data/{self._view.name}{number}.{form}"


def _about(holding: Holding) -> dict[str, object]:
    says = [column.personal for column in holding.view.columns if column.personal]
    return {
        "table": holding.view.declaration.name,
        "categories": sorted({each.category.value for each in says}),
        "source": sorted({origin_of(each.source).value for each in says}),
        "keep": holding.keep.code.lower(),
    }


def _entry(written: Written, rows: int) -> dict[str, object]:
    return {"file": written.name, "rows": rows, "bytes": written.size, "sha256": written.digest}


def _moment(instant: float) -> str:
    return dt.datetime.fromtimestamp(instant, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _facts(order: Order) -> dict[str, str]:
    return {
        "kind": order.kind.value,
        "provider": order.provider_name or order.provider,
        "made": _moment(order.made),
        "package": order.package,
    }
