"""After a full life no file and no table of the installation has anything left but what the law wants kept, sealed."""

import datetime as dt
import gzip
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import structlog

from ringfence.app.kernel import premises_of
from ringfence.clock import DAY, ManualClock
from ringfence.declarations import REGISTRY, Keep, Source
from ringfence.privacy.rights import Examiner, is_genuine
from ringfence.privacy.rights.gather import names_of
from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.rights.scan import Finding, Medium, scan, scan_bytes
from ringfence.randomness import SeededRandomness
from ringfence.services.billing.records import Invoice
from tests.simulation.town import Town, quiet_neighbours, town
from tests.simulation.whole_life import Traces, leave, live, other_controller

_START: Final = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC).timestamp()
_BACKUPS: Final = "backups"
_CHOSEN: Final = frozenset(
    {
        "agreement.notice_version", "agreement.terms_version", "agreement.language", "consent_event.version",
        "consent_event.language", "request_case.language", "request_case.exception", "request_case.ground",
        "identity_evidence.media", "package.language", "package.letter", "hold.tables", "restriction.tables",
        "invoice.currency", "credential.ha1",
    }
)  # fmt: skip
"""Texts that nobody types: chosen from what the program offers, written by it, or a digest."""
_PASSING: Final = frozenset({"password"})
"""What is never written at all."""


_LEADS_TO_NOBODY: Final = frozenset({"request_case.id", "restriction.id", "secrecy_order.id"})
"""Random ids that the ledger, outlines of requests and notices to recipients speak of, without anybody behind them."""


@dataclass
class Gone:
    """A life that was lived and left. `before` is what was found on the day before."""

    place: Town
    folder: Path
    traces: Traces
    names: list[Needle]
    before: list[Finding]
    certificate: bytes

    async def looked(self) -> list[Finding]:
        """What is found now: of texts, ciphertexts, keys, identifiers and ids."""
        return await everywhere(self.place, self.folder, [*self.traces.clear(), *self.traces.sealed(), *self.names])


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[None]:
    """What the server says goes to a file of the installation, down to the least word."""
    before = structlog.get_config()
    (tmp_path / "data" / "logs").mkdir(parents=True)
    with (tmp_path / "data" / "logs" / "server.jsonl").open("w") as file:
        structlog.configure(
            processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
            wrapper_class=structlog.make_filtering_bound_logger(0),
            logger_factory=structlog.WriteLoggerFactory(file=file),
        )
        structlog.get_logger().debug("the test has begun")
        yield
    structlog.configure(**before)


@pytest.fixture
async def gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each_database: str, logged: None
) -> AsyncIterator[Gone]:
    quiet_neighbours(monkeypatch)
    taken, traces = other_controller(monkeypatch), Traces(SeededRandomness(7))
    async with town(tmp_path, ManualClock(_START)) as place:
        await live(place, traces)
        assert taken.startswith(b"PK"), "their copy has reached the controller that they chose"
        names = await names_of(place.kernel.db, REGISTRY, traces.subject)
        before = await everywhere(place, tmp_path, [*traces.clear(), *traces.sealed()])
        certificate = await leave(place, traces)
        await place.day()
        await place.night()
        yield Gone(place, tmp_path, traces, names, before, certificate)


@pytest.mark.timeout(600)
@pytest.mark.promise("ACR-05")
@pytest.mark.promise("ZOI-09")
@pytest.mark.promise("CTP-01")
async def test_after_a_full_life_only_an_invoice_is_left_and_after_its_term_not_even_that(gone: Gone) -> None:
    _is_not_blind(gone)
    assert _clear(gone.before) == set(), "what rests, rests sealed, also while they are here"

    told = json.loads(gone.certificate)
    assert is_genuine(gone.certificate, gone.place.server.public_key)
    assert told["examined"]["found"] == []
    assert {each["table"] for each in told["verdicts"] if each["verdict"] not in {"erased", "nothing_held"}} == {
        "invoice"
    }
    left = await gone.looked()
    assert _clear(left) == set()
    assert _resting(left) == {("invoice.sealed", NeedleKind.SEALED), *_ids_of_the_invoice(gone)}
    await _opens_by_its_own_key_alone(gone)
    await _sees_a_word_in_a_log(gone)

    await _years_pass(gone)
    left = await gone.looked()
    assert _clear(left) == set()
    assert _resting(left) == set()
    await _no_copy_opens(gone)


# What is left --------------------------------------------------------------------------------------------------------


def _clear(found: Sequence[Finding]) -> set[tuple[str, str]]:
    """Where something lies for everybody to read: medium and field."""
    return {(each.medium, each.column) for each in found if each.kind is NeedleKind.CLEAR}


def _resting(found: Sequence[Finding]) -> set[tuple[str, NeedleKind]]:
    """What lies in the installation itself, but for ids that lead to nobody."""
    here = [each for each in found if each.medium != _BACKUPS]
    return {(each.column, each.kind) for each in here if each.column not in _LEADS_TO_NOBODY}


def _ids_of_the_invoice(gone: Gone) -> set[tuple[str, NeedleKind]]:
    """The row's own, the person's (also under the name of rows that share it), and the key that opens it."""
    subject = {each.column for each in gone.names if gone.traces.subject.encode() in each.patterns}
    keys = {("keyring", NeedleKind.KEY)}
    return {*((column, NeedleKind.NAME) for column in {*subject, "invoice.id"}), *keys}


async def _opens_by_its_own_key_alone(gone: Gone) -> None:
    kernel, subject = gone.place.kernel, gone.traces.subject
    async with kernel.db.reading() as unit:
        held = {kind for kind in REGISTRY.about_people() if await unit.count(kind, subject=subject)}
        (invoice,) = await unit.select(Invoice, subject=subject)
    assert held == {Invoice}
    assert invoice.name == gone.traces.words["invoice.name"]
    assert [each.keep for each in kernel.keyring.kept(subject)] == [Keep.INVOICE]
    assert kernel.keyring.traces(subject, kernel.keyring.kept(subject)) == [], "no other key, and no identifier"


async def _years_pass(gone: Gone) -> None:
    """Until the day after the invoice's last one."""
    async with gone.place.kernel.db.reading() as unit:
        (invoice,) = await unit.select(Invoice, subject=gone.traces.subject)
    assert invoice.due is not None
    gone.place.clock.advance(invoice.due + DAY - gone.place.clock.time())
    await gone.place.day()
    await gone.place.night()


async def _no_copy_opens(gone: Gone) -> None:
    """The backup from their last day still lies there, and is so many bytes."""
    looked = await _examiner(gone.place).search(gone.traces.sealed(), [gone.traces.subject])
    assert looked.sealed_in_backups
    assert looked.backups_that_open == 0
    assert gone.place.kernel.keyring.traces(gone.traces.subject) == []


def _examiner(place: Town) -> Examiner:
    kernel = place.kernel
    return Examiner(kernel.db, kernel.keyring, premises_of(kernel), kernel.clock, kernel.randomness)


# That it could have been found ---------------------------------------------------------------------------------------


def _is_not_blind(gone: Gone) -> None:
    """Every field took a word, keys opened every word, and what was sealed at the end was found where it lay."""
    words = {place: word.encode() for place, word in gone.traces.words.items() if place not in _PASSING}
    filled = {column for column, read in gone.traces.opened.items() if any(word in read for word in words.values())}
    assert _typed() - filled == set()
    read = b"\0".join(gone.traces.opened.values())
    after_it = {"reasons of the erasure"}  # an answer whose person is gone in the same turn
    assert [place for place, word in words.items() if word not in read and place not in after_it] == []
    found = {each.column for each in gone.before if each.kind is not NeedleKind.CLEAR}
    assert found >= {*gone.traces.at_the_end, "keyring"}


def _typed() -> set[str]:
    """The declared fields that a person, an officer, a phone or a caller can put a text of their own into."""
    found = {
        f"{kind.declaration.name}.{each.name}"
        for kind in REGISTRY.about_people()
        for each in kind.declaration.personal
        if each.says.source not in {Source.GENERATED, Source.PBX}
        and any(word in str(each.type) for word in ("str", "bytes"))
    }
    return {column for column in found if not column.startswith("staff_")} - _CHOSEN


async def _sees_a_word_in_a_log(gone: Gone) -> None:
    """Both the scan of this test and Ringfence's own, also in a log that was packed."""
    place, word = "missed_call.caller_uri", gone.traces.words["missed_call.caller_uri"]
    log = gone.place.kernel.places.data / "logs" / "server.jsonl.1.gz"
    log.write_bytes(gzip.compress(f'{{"event": "call", "from": "{word}"}}'.encode()))
    assert _clear(await gone.looked()) == {("logs", place)}
    own = await _examiner(gone.place).search(gone.traces.clear(), [gone.traces.subject])
    assert [(each.medium, each.column) for each in own.remaining] == [("logs", place)]
    log.unlink()


async def everywhere(place: Town, folder: Path, needles: Sequence[Needle]) -> list[Finding]:
    """Every file below the installation's folder, and every table of a database that is not among them."""
    backups = place.kernel.places.backups
    found = scan(_media(folder, backups), needles).findings
    if place.kernel.db.path is None:
        for (table,) in await place.raw("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"):
            rows = await place.raw(f'SELECT * FROM "{table}"')  # noqa: S608 - a name from the catalogue of the database
            content = b"\0".join(_bytes(value) for row in rows for value in row)
            found += scan_bytes("tables", str(table), content, needles)
    return found


def _media(folder: Path, backups: Path) -> list[Medium]:
    """What the folder of the test holds, part by part."""
    parts = [*(folder / "data").iterdir(), *folder.iterdir()]
    media = [Medium(path.name, (path,)) for path in parts if path not in {folder / "data", backups}]
    return [*media, Medium(_BACKUPS, (backups,))]


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
