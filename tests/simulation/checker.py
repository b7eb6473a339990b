"""Is anything held that no rule allows? Judged from raw rows, the keyring's own file, declarations and law tables.

    main database, unopened ──┐
    keyring.db, read-only   ──┤
    tombstones.jsonl        ──┼──> Found ──judge(diary, declarations, law tables)──> findings; none is as it should be
    names in exports/       ──┘

Nothing of retention, rights, guards or requests is asked here: their rules are said a second time, from what people
were promised. A row or key needs a reason on the day on which it is looked at, or it is a finding.
"""

import datetime as dt
import hashlib
import json
import sqlite3
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ringfence.privacy.law
from ringfence.clock import DAY, day_of
from ringfence.declarations import REGISTRY, Keep
from tests.simulation.diary import Diary, Held, Life
from tests.simulation.town import COUNTRIES, Town

__all__ = ["Found", "judge", "look"]

_SELECT: Final = "SELECT {} FROM {}"  # with our own names only
_PROMISED: Final = 7 * DAY  # ACR-05: from the request, or the last sign of life, to the certificate
_ANSWER: Final = 29  # CTP-08: days from the receipt of a request to its answer
_COMPLAINT: Final = 45  # IPS-06
_SWEEP: Final = DAY  # a sweep a day
_ZONES: Final = 2  # days by which a last day may be over here and not elsewhere
_TABLES: Final = Path(ringfence.privacy.law.__file__).parent / "tables"
_UNDECIDED: Final = {"received", "identifying", "referred", "ready", "clarifying", "approving"}
_OPEN: Final = _UNDECIDED | {"answering"}


@dataclass(frozen=True)
class Row:
    table: str
    keep: Keep
    id: str
    provider: str
    subject: str
    due: float | None


@dataclass
class Found:
    """All that lies there at one moment."""

    now: float
    rows: list[Row]
    keys: list[tuple[str, str, int]]
    """Subject, class of the key, period."""
    identifiers: list[tuple[str, str]]
    """Subject, kind."""
    kept: list[tuple[str, str, int | None]]
    tombstones: dict[str, dt.date]
    exports: set[str]
    packages: dict[str, tuple[str, float | None]]
    """File of each package: its phase, and when it is due."""
    cases: dict[str, dict[str, Any]]
    outlines: list[dict[str, Any]]
    evidence: list[tuple[str, str]]
    """Document row, its request."""
    erasures: list[dict[str, Any]]
    by_subject: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def today(self) -> dt.date:
        return day_of(self.now)

    def gone(self, subject: str) -> dt.date | None:
        """The day on their tombstone: whoever it is, they were promised to be gone."""
        return self.tombstones.get(hashlib.sha256(b"ringfence tombstone 1\x00" + subject.encode()).hexdigest())


async def look(town: Town) -> Found:
    """Read everything, without opening anything."""
    places = town.kernel.places
    rows = [
        Row(kind.declaration.name, kind.declaration.keep, _text(row), _text(provider), _text(subject), _number(due))
        for kind in REGISTRY.about_people()
        if kind.declaration.keep is not None
        for row, provider, subject, due in await town.raw(
            _SELECT.format("id, provider, subject, due", kind.declaration.name)
        )
    ]
    keys, identifiers, kept = _keyring(places.keyring)
    exports = places.data / "exports"
    found = Found(
        now=town.clock.time(),
        rows=rows,
        keys=keys,
        identifiers=identifiers,
        kept=kept,
        tombstones=_tombstones(places.tombstones),
        exports={each.name for each in exports.iterdir() if each.is_file()} if exports.exists() else set(),
        packages={
            _text(file): (_text(phase), _number(due))
            for file, phase, due in await town.raw("SELECT file, phase, due FROM package")
        },
        cases={each["id"]: each for each in await _dicts(town, "request_case", "id subject state guest")},
        outlines=await _dicts(town, "request_outline", "id right received promised answered extended interim outcome"),
        evidence=[
            (_text(row), _text(case)) for row, case in await town.raw('SELECT id, "case" FROM identity_evidence')
        ],
        erasures=await _dicts(town, "erasure", "id subject requested certified"),
    )
    for row in rows:
        found.by_subject[row.subject].append(row)
    return found


def judge(found: Found, diary: Diary) -> list[str]:
    """What no rule allows, in words for whoever mends it."""
    judgement = _Judgement(found, diary)
    return [
        *judgement.rows(),
        *judgement.keys(),
        *judgement.identifiers(),
        *judgement.files(),
        *judgement.erasures(),
        *judgement.answers(),
        *judgement.documents(),
    ]


class _Judgement:
    def __init__(self, found: Found, diary: Diary) -> None:
        self._found = found
        self._diary = diary
        self._must_be_gone = self._overdue()
        self._enrolled = {str(life.subject) for life in diary.lives} - self._must_be_gone
        self._guests = {str(case["subject"]) for case in found.cases.values() if case["guest"]}

    # Rows

    def rows(self) -> Iterator[str]:
        for row in self._found.rows:
            why = self._why_not(row)
            if why:
                yield f"{self._found.today}: row of {row.table} ({row.keep.code}, {row.id}): {why}"

    def _why_not(self, row: Row) -> str:
        """Nothing if there is a reason for it."""
        if self._is_held(row) or row.keep.survives:
            return self._invoice(row) if row.keep.survives else ""
        if row.subject in self._must_be_gone or self._found.gone(row.subject):
            return "" if self._is_blocked(row) else "its person is gone"
        if row.due is not None and row.due <= self._found.now - _SWEEP:
            return f"was due on {day_of(row.due)}"
        return self._of_living(row)

    def _of_living(self, row: Row) -> str:
        if row.subject in self._diary.staff or row.keep is Keep.STAFF:  # those who are no members are invited
            allowed = row.keep is Keep.STAFF and (row.subject in self._diary.staff or row.due is not None)
            return "" if allowed else "nobody of the staff, or nothing for staff"
        if row.keep is Keep.REQUEST:
            return self._request(row)
        if row.keep.seconds is not None:
            latest = self._found.now + row.keep.seconds + DAY / 24
            return "" if row.due is not None and row.due <= latest else "its term is longer than declared"
        if row.subject not in self._enrolled:
            return "" if row.subject in self._guests and row.keep is not Keep.CREDENTIAL else "nobody who is enrolled"
        return ""

    def _request(self, row: Row) -> str:
        """Open, or answered and not lapsed: three years after the end of the year of the answer."""
        latest = dt.date(self._found.today.year + 4, 1, _ZONES)
        return "" if row.due is None or day_of(row.due) <= latest else "a request's term is longer than its claims"

    def _invoice(self, row: Row) -> str:
        billed = self._diary.invoices.get(row.id)  # type: ignore[call-overload]  # a raw id is a RowId
        if billed is None:
            return "nobody was billed"
        last = _term("invoices", COUNTRIES[billed.provider], billed.issued)
        assert last is not None
        if row.due is None or not last < day_of(row.due) <= last + dt.timedelta(days=_ZONES):
            return f"the law keeps it until {last}"
        return "" if self._found.today <= last + dt.timedelta(days=_ZONES) else f"the law kept it until {last}"

    def _is_held(self, row: Row) -> bool:
        return any(
            each.subject == row.subject and (row.table in each.tables or row.id == each.id) and self._stands(each)
            for each in self._diary.held
        )

    def _stands(self, held: Held) -> bool:
        if held.released is not None:
            return False
        return held.until is None or self._found.today <= held.until + dt.timedelta(days=_ZONES)

    def _is_blocked(self, row: Row) -> bool:
        """A state that wants erased data shut away first, for what could show a liability."""
        went = self._found.gone(row.subject)
        if went is None or not row.keep.blockable:
            return False
        last = _term("blocking", COUNTRIES[row.provider], went)  # type: ignore[index]  # a raw id is a ProviderId
        return last is not None and self._found.today <= last + dt.timedelta(days=_ZONES)

    # Keys and identifiers

    def keys(self) -> Iterator[str]:
        for subject, name, period in self._found.keys:
            keep = Keep[name.rpartition(".")[2]]
            why = self._key(subject, keep, name, period)
            if why:
                yield f"{self._found.today}: key {name} of period {period}: {why}"

    def _key(self, subject: str, keep: Keep, name: str, period: int) -> str:
        if keep.period is not None and period and (period + 1) * keep.period <= self._found.now - _SWEEP:
            return "its period is over"
        needed = [row for row in self._found.by_subject[subject] if row.keep is keep and not self._why_not(row)]
        if needed:
            return ""
        if subject in self._must_be_gone or self._found.gone(subject):
            return "its person is gone, and nothing is kept under it"
        known = subject in self._enrolled or subject in self._diary.staff or subject in self._guests
        return "" if known else "nobody we know"

    def identifiers(self) -> Iterator[str]:
        for subject, kind in self._found.identifiers:
            if subject in self._must_be_gone or self._found.gone(subject):
                leads = [
                    row for row in self._found.by_subject[subject] if kind in {each.value for each in row.keep.found_by}
                ]
                if not leads:
                    yield f"{self._found.today}: a {kind} leads to somebody who is gone"
            elif subject not in self._enrolled | self._diary.staff | self._guests:
                invited = any(row.keep is Keep.STAFF for row in self._found.by_subject[subject])
                if not invited:
                    yield f"{self._found.today}: a {kind} leads to nobody we know"
        for subject, name, until in self._found.kept:
            if not any(key[:2] == (subject, name) for key in self._found.keys):
                yield f"{self._found.today}: {name} is noted as kept, and has no key"
            if until is not None and self._found.today > dt.date.fromordinal(until) + dt.timedelta(days=_ZONES):
                yield f"{self._found.today}: {name} was to be kept until {dt.date.fromordinal(until)}"

    # Files, erasures, answers

    def files(self) -> Iterator[str]:
        for name in self._found.exports:
            phase, due = self._found.packages.get(name.partition(".")[0], ("", None))
            if phase not in {"asked", "ready"} or due is None or due <= self._found.now - _SWEEP:
                yield f"{self._found.today}: a file in exports is of no living package"

    def erasures(self) -> Iterator[str]:
        for each in self._found.erasures:
            if not each["certified"] and self._found.now > each["requested"] + _PROMISED:
                yield f"{self._found.today}: an erasure asked for on {day_of(each['requested'])} has no certificate"
        for subject in self._must_be_gone:
            if not self._found.gone(subject):
                yield f"{self._found.today}: somebody should be gone, and has no tombstone"

    def answers(self) -> Iterator[str]:
        today = (self._found.today - dt.date(1970, 1, 1)).days
        for each in self._found.outlines:
            case = self._found.cases.get(each["id"])
            is_open = each["answered"] is None and case is not None and case["state"] in _OPEN
            days = (today if is_open else each["answered"] or each["received"]) - each["received"]
            promised = _COMPLAINT if each["right"] == "complaint" else _ANSWER
            if days > promised and not each["extended"]:
                yield f"{self._found.today}: {each['right']} waits since {days} days"

    def documents(self) -> Iterator[str]:
        for _, name in self._found.evidence:
            case = self._found.cases.get(name)
            if case is None or case["state"] not in _UNDECIDED:
                yield f"{self._found.today}: a copy of a document outlived the decision"

    # Who must be gone by now

    def _overdue(self) -> set[str]:
        answers = {each["id"]: each for each in self._found.outlines}
        return {str(life.subject) for life in self._diary.lives if self._is_over(life, answers)}

    def _is_over(self, life: Life, answers: Mapping[str, dict[str, Any]]) -> bool:
        ends = [life.heard + _PROMISED]
        if life.left is not None:
            ends.append(life.left + _PROMISED)
        for case in life.erasures:
            answer = answers[case]
            if answer["answered"] and answer["outcome"] in {"granted", "partly"}:
                ends.append((answer["answered"] + 1) * DAY + _PROMISED)
        return self._found.now > min(ends)


def _keyring(path: Path) -> tuple[list[Any], list[Any], list[Any]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return (
            connection.execute("SELECT subject, keep, period FROM data_key").fetchall(),
            connection.execute("SELECT subject, kind FROM identifier").fetchall(),
            connection.execute("SELECT subject, keep, until FROM kept").fetchall(),
        )


def _tombstones(path: Path) -> dict[str, dt.date]:
    lines = map(json.loads, path.read_text().splitlines()[1:])
    return {line["who"]: dt.date.fromisoformat(line["day"]) for line in lines}


def _term(table: str, country: str, event: dt.date) -> dt.date | None:
    """The last day, counted from the table's own words; None where the country has no such rule."""
    rules = tomllib.loads((_TABLES / f"{table}.toml").read_text())["rule"]
    mine = [rule for rule in rules if rule["country"] == country and "valid_to" not in rule]
    if not mine:
        return None
    [rule] = mine
    start = event if rule["starts"] == "event" else dt.date(event.year, 12, 31)
    months = start.year * 12 + start.month - 1 + rule.get("years", 0) * 12 + rule.get("months", 0)
    year, month = divmod(months, 12)
    last = 29 if month == 1 and year % 4 == 0 else 28 if month == 1 else 30 if month in {3, 5, 8, 10} else 31
    return dt.date(year, month + 1, min(start.day, last))


async def _dicts(town: Town, table: str, columns: str) -> list[dict[str, Any]]:
    names = columns.split()
    spelled = ", ".join(f'"{name}"' for name in names)
    return [dict(zip(names, row, strict=True)) for row in await town.raw(_SELECT.format(spelled, table))]


def _text(value: object) -> str:
    return str(value)


def _number(value: object) -> float | None:
    assert value is None or isinstance(value, float)
    return value
