"""Who somebody is to us, what is kept about them, and who looked (ports `Account`, `Holdings`, `Looks`)."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final, final

from ringfence.declarations import REGISTRY, Category, Purpose, Registry, Role, Source
from ringfence.declarations.declaration import PersonalField
from ringfence.persistence import Database
from ringfence.privacy.access import Session
from ringfence.privacy.datamap import Entry, EntryKind, entries, kept, said
from ringfence.privacy.looks import Looks
from ringfence.privacy.packages import Holding, Holdings
from ringfence.privacy.rectification import Rectifications
from ringfence.privacy.secrecy import Secrecy
from ringfence.privacy.vault import Use, opened_for
from ringfence.services.enrolment import Device, MailAddress, SipAccount
from ringfence.services.enrolment.records import Agreement
from ringfence.web.look import Words
from ringfence.web.portal import AccountShown, Kept, LookShown, Row

__all__ = ["CATEGORIES", "PACKAGE", "PortalAccount", "PortalHoldings", "PortalLooks", "counted"]

PACKAGE: Final = "ringfence.web.portal"
"""Whose catalogue has the words."""
CATEGORIES: Final = {category.value: category for category in Category}
_NOBODY_ELSE: Final = frozenset({Role.PERSON, Role.STAFF, Role.OTHER_CONTROLLER})
"""Staff are the provider itself, and when they look it is told; another controller has it once the person said so."""
_OWN_PAGES: Final = {
    (Device.declaration.name, "name"): "/privacy/devices",
    (MailAddress.declaration.name, "address"): "/privacy/contact",
}
"""Where people correct what they entered themselves."""
_BY_MACHINES: Final = frozenset({Source.DEVICE, Source.GENERATED})
_ASK: Final = "/privacy/ask/rectification"
_LONGEST: Final = 300  # characters of a value on the page; the copy has all of it


@final
class PortalAccount:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, person: Session) -> AccountShown:
        with opened_for(Use.CONSENT):  # people see their own data, also while it is only stored (Art. 18(2))
            async with self._db.reading() as unit:
                accounts = await unit.select(SipAccount, subject=person.subject)
                agreements = await unit.select(Agreement, subject=person.subject)
        since = min((each.agreed_at for each in agreements), default=person.since)
        return AccountShown(accounts[0].address if accounts else "", since)


@final
class PortalLooks:
    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    async def of(self, person: Session, language: str) -> Sequence[LookShown]:
        words = Words(PACKAGE, language)
        with opened_for(Use.CONSENT):
            seen = await self._looks.of(person.provider, person.subject)
        return [LookShown(each.day, words(f"looks.reason.{each.reason.value}")) for each in seen]


@final
class PortalHoldings:
    """By category, over everything that is declared; what an order hides is neither counted nor shown."""

    def __init__(
        self,
        db: Database,
        holdings: Holdings,
        secrecy: Secrecy,
        corrections: Rectifications,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._holdings = holdings
        self._secrecy = secrecy
        self._registry = registry
        self._own = frozenset(corrections.own_fields())
        stated = ((kind.declaration.name, each.name) for kind, each in corrections.fields() if _is_stated(each))
        self._on_request = frozenset(stated)

    async def kept(self, person: Session, language: str) -> Sequence[Kept]:
        rows = await counted(self._db, self._secrecy, person, self._registry)
        known = [each for each in entries(self._registry) if each.kind is EntryKind.COLUMN and rows.get(each.table)]
        found: dict[Category, list[Entry]] = {category: [] for category in Category}
        for entry in known:
            if entry.category is not None:
                found[entry.category].append(entry)
        return [self._kept(category, group, rows, language) for category, group in found.items() if group]

    def _kept(self, category: Category, group: Sequence[Entry], rows: Mapping[str, int], language: str) -> Kept:
        roles = dict.fromkeys(role for entry in group for role in entry.recipients if role not in _NOBODY_ELSE)
        page = self._where_corrected(group)
        return Kept(
            key=category.value,
            title=Words(PACKAGE, language)(f"kind.{category.value}"),
            what=said(category, language),
            why=_once(said(entry.purpose, language) for entry in group),
            until=_once(kept(entry, language)[0] for entry in group),
            receivers=[said(role, language) for role in roles],
            rows=sum(rows[table] for table in _once(entry.table for entry in group)),
            correct=page,
            by_asking=page == _ASK,
        )

    def _where_corrected(self, group: Sequence[Entry]) -> str:
        """The page for what people correct themselves; else a request, where an officer could carry it out."""
        fields = {(entry.table, entry.field) for entry in group}
        own = [page for field, page in _OWN_PAGES.items() if field in fields & self._own]
        return own[0] if own else _ASK if fields & self._on_request else ""

    async def rows(self, person: Session, key: str, language: str, *, skip: int, most: int) -> Sequence[Row]:
        words = Words(PACKAGE, language)
        unsaid = words("value.unsaid")
        holdings = await self._holdings.of(person.provider, person.subject, unsaid=unsaid)
        found: list[Row] = []
        async for row in _rows(holdings, CATEGORIES[key], words):
            found.append(row)
            if len(found) == skip + most:
                break
        return found[skip:]


async def counted(db: Database, secrecy: Secrecy, person: Session, registry: Registry) -> Mapping[str, int]:
    """How many rows about the person there are by table, without what an order hides."""
    async with db.reading() as unit:
        hidden = await secrecy.hidden_in(unit, person.provider, person.subject)
        return {
            kind.declaration.name: await hidden.count(unit, kind, person.subject) for kind in registry.about_people()
        }


def _is_stated(declared: PersonalField) -> bool:
    """Somebody said it, so it can be wrong: unlike a key that a machine made, and what goes along with a request."""
    said_by = declared.says
    return said_by.source not in _BY_MACHINES and said_by.purpose is not Purpose.ANSWER_RIGHTS


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


async def _rows(holdings: Sequence[Holding], category: Category, words: Words) -> AsyncIterator[Row]:
    for holding in holdings:
        names = [each.name for each in holding.view.columns if each.personal and each.personal.category is category]
        if not names:
            continue
        async for page in holding.pages():
            for row in page.told():
                yield Row([(name.replace("_", " "), _told(row[name], words)) for name in names], _end(row))


def _told(value: object, words: Words) -> str:
    if value is None or value == "":
        return words("value.empty")
    if isinstance(value, bool):
        return words("value.yes" if value else "value.no")
    text = ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)
    instant = _instant(text)
    return words.moment(instant) if instant is not None else text[:_LONGEST]


def _instant(text: str) -> float | None:
    """What the views write for an instant: ISO 8601 in UTC."""
    if len(text) != len("2027-01-15T08:00:00Z") or not text.endswith("Z"):
        return None
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _end(row: Mapping[str, object]) -> dt.date | None:
    until = row.get("until")
    instant = _instant(until) if isinstance(until, str) else None
    return None if instant is None else dt.datetime.fromtimestamp(instant, dt.UTC).date()
