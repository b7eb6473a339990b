"""Taking invoices in, one by one or as a file, and finding them again."""

import hmac
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId, RowId, SubjectId, spell_id
from ringfence.persistence import Database, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.rights import day_after
from ringfence.services.billing.draft import Draft
from ringfence.services.billing.errors import BillingFault, CustomerUnknown, InvoiceDiffers, InvoiceUnusable
from ringfence.services.billing.ports import Customers, Terms
from ringfence.services.billing.records import Invoice, Origin
from ringfence.services.billing.sheet import Row, Sheet, SheetLimits

__all__ = ["Billing", "Effect", "Imported", "Line"]

_BATCH: Final = 500  # numbers looked up in one statement
_NAME: Final = 16  # bytes of a row's id


class Effect(StrEnum):
    """What a line of a file does, or would do."""

    NEW = "new"
    SAME = "same"  # the invoice is there already
    FAULT = "fault"


@final
@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file; of a fault its stable code, and the column where there is one."""

    number: int
    effect: Effect
    fault: str = ""
    column: str = ""


@final
@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. `written` False: a dry run, or a line had a fault, and nothing was written."""

    lines: tuple[Line, ...]
    digest: str
    written: bool

    @property
    def new(self) -> int:
        return sum(line.effect is Effect.NEW for line in self.lines)


@final
@dataclass(frozen=True, slots=True)
class _Understood:
    """A record of a file with the invoice that it stands for, or why it stands for none."""

    row: Row
    invoice: Invoice | None
    fault: BillingFault | None

    @property
    def kept(self) -> Invoice:
        assert self.invoice is not None  # noqa: S101 - asked only of lines without a fault
        return self.invoice


@final
class Billing:
    """`secret` is the installation's own (32 bytes), from which row ids follow; it must be the same after a restart."""

    def __init__(
        self,
        *,
        db: Database,
        customers: Customers,
        terms: Terms,
        ledger: Ledger,
        clock: Clock,
        secret: bytes,
        limits: SheetLimits | None = None,
    ) -> None:
        self._db = db
        self._customers = customers
        self._terms = terms
        self._ledger = ledger
        self._clock = clock
        self._secret = secret
        self._limits = limits or SheetLimits()

    async def add(self, provider: ProviderId, draft: Draft) -> RowId:
        """Keep one invoice; the same again changes nothing.

        Raises InvoiceUnusable, CustomerUnknown, InvoiceDiffers, or SubjectGone while its customer is being erased.
        """
        invoice = self._invoice(provider, draft)
        async with self._db.transaction() as unit:
            if _effect(invoice, await self._known(unit, [invoice])) is Effect.NEW:
                await unit.add(invoice)
        self._bind(provider, [invoice])
        return invoice.id

    async def bring_in(
        self,
        provider: ProviderId,
        chunks: AsyncIterable[bytes],
        *,
        origin: Origin = Origin.PROVIDER,
        dry_run: bool = False,
    ) -> Imported:
        """Keep all invoices of a CSV file, or none if one line has a fault; each line says what it does.

        Columns: number, issued, name, what, net, tax; and currency, customer, sip, payment. Raises FileUnusable.
        """
        sheet = Sheet(chunks, origin, self._limits)
        read = [self._understood(provider, row) async for row in sheet.rows()]
        async with self._db.transaction() as unit:
            lines = await self._lines(unit, read)
            new = [each.kept for each, line in zip(read, lines, strict=True) if line.effect is Effect.NEW]
            written = not dry_run and all(line.effect is not Effect.FAULT for line in lines)
            if written and new:
                await unit.add_all(new)
                await self._ledger.append(unit, provider, Event.INVOICES_IMPORTED, count=len(new), digest=sheet.digest)
        if written:
            self._bind(provider, [each.kept for each in read])
        return Imported(tuple(lines), sheet.digest, written)

    async def of(self, provider: ProviderId, subject: SubjectId) -> list[Invoice]:
        """All invoices of a person, the newest first; also of one who has gone."""
        async with self._db.reading() as unit:
            found = await unit.select(Invoice, provider=provider, subject=subject)
        return sorted(found, key=lambda invoice: (invoice.issued, invoice.number), reverse=True)

    async def of_customer(self, provider: ProviderId, number: str) -> list[Invoice]:
        """By the number in the provider's books, as an auditor asks; empty if it leads to nobody."""
        subject = self._customers.find(provider, IdentifierKind.CUSTOMER_NUMBER, number)
        return [] if subject is None else await self.of(provider, subject)

    async def by_number(self, provider: ProviderId, number: str) -> Invoice | None:
        """The invoice of that number."""
        async with self._db.reading() as unit:
            return await unit.get(Invoice, self._row(provider, number))

    def _understood(self, provider: ProviderId, row: Row) -> _Understood:
        if row.draft is None:
            return _Understood(row, None, row.fault)
        try:
            return _Understood(row, self._invoice(provider, row.draft), None)
        except BillingFault as fault:
            return _Understood(row, None, fault)

    async def _lines(self, unit: UnitOfWork, read: Sequence[_Understood]) -> list[Line]:
        known = await self._known(unit, [each.invoice for each in read if each.invoice is not None])
        return [_line(each, known) for each in read]

    async def _known(self, unit: UnitOfWork, invoices: Sequence[Invoice]) -> dict[RowId, Invoice | None]:
        """What is there already under the same numbers; None where it is and can't be read (it is restricted)."""
        known: dict[RowId, Invoice | None] = {}
        ids = [invoice.id for invoice in invoices]
        for at in range(0, len(ids), _BATCH):
            some = ids[at : at + _BATCH]
            found = await unit.select(Invoice, id=some)
            if await unit.count(Invoice, id=some) != len(found):
                known |= {row: None for row in some if await unit.count(Invoice, id=row)}
            known |= {invoice.id: invoice for invoice in found}
        return known

    def _invoice(self, provider: ProviderId, draft: Draft) -> Invoice:
        today = day_of(self._clock.time())
        draft.check(today)
        until = self._terms.until(provider, draft.issued)
        if until < today:
            raise InvoiceUnusable(column="issued")  # no law wants it kept any more, so nobody may
        return Invoice(
            id=self._row(provider, draft.number),
            provider=provider,
            subject=self._customer(provider, draft),
            due=day_after(until),
            origin=draft.origin,
            number=draft.number,
            issued=draft.issued,
            name=draft.name,
            what=draft.what,
            net=draft.net,
            tax=draft.tax,
            currency=draft.currency,
            payment=draft.payment,
            customer=draft.customer,
        )

    def _customer(self, provider: ProviderId, draft: Draft) -> SubjectId:
        named = [(IdentifierKind.CUSTOMER_NUMBER, draft.customer), (IdentifierKind.SIP_ADDRESS, draft.sip)]
        found = {self._customers.find(provider, kind, value) for kind, value in named if value} - {None}
        if len(found) != 1:
            raise CustomerUnknown
        (subject,) = found
        assert subject is not None  # noqa: S101 - taken out above
        return subject

    def _bind(self, provider: ProviderId, invoices: Sequence[Invoice]) -> None:
        """The number in the books leads to the person from now on; who has gone keeps the number that they had."""
        for number, subject in {(each.customer, each.subject) for each in invoices if each.customer}:
            with suppress(SubjectGone):
                self._customers.bind(provider, IdentifierKind.CUSTOMER_NUMBER, number, subject)

    def _row(self, provider: ProviderId, number: str) -> RowId:
        digest = hmac.digest(self._secret, f"invoice\0{provider}\0{number}".encode(), sha256)
        return RowId(spell_id(digest[:_NAME]))


def _line(each: _Understood, known: dict[RowId, Invoice | None]) -> Line:
    fault = each.fault
    if each.invoice is not None:
        try:
            effect = _effect(each.invoice, known)
        except BillingFault as differs:
            fault = differs
        else:
            known[each.invoice.id] = each.invoice  # a file may name an invoice twice, if it says the same both times
            return Line(each.row.line, effect)
    assert fault is not None  # noqa: S101 - a row without an invoice has one
    return Line(each.row.line, Effect.FAULT, fault.code, str(fault.facts.get("column", "")))


def _effect(invoice: Invoice, known: dict[RowId, Invoice | None]) -> Effect:
    if invoice.id not in known:
        return Effect.NEW
    if known[invoice.id] != invoice:
        raise InvoiceDiffers(column="number")
    return Effect.SAME
