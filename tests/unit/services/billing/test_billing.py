"""Invoices: taken in once, kept by the country's law, found by their customer, and nothing else with them."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock, day_of
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId
from ringfence.persistence import SubjectGone
from ringfence.privacy.law import Law
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import CountryStatutes, Examiner, Outcome, Premises, Reason
from ringfence.randomness import SystemRandomness
from ringfence.services.billing import (
    Billing,
    Books,
    CustomerUnknown,
    Draft,
    Effect,
    FileUnusable,
    Invoice,
    InvoiceDiffers,
    InvoiceUnusable,
    LawfulTerms,
    Origin,
    SheetLimits,
)
from ringfence.services.billing.draft import amount
from ringfence.services.billing.sheet import Sheet
from tests.unit.privacy.installation import KEPT, PROVIDER, Installation, installed, prepared

LAW = Law.load()
SECRET = bytes(32)
ISSUED = dt.date(2027, 1, 10)
DRAFT = Draft(
    number="R-2027-0001", issued=ISSUED, name="Anna Example", what="Cloud phone, January", net=1900, tax=361,
    customer="K-4711", sip="sip:anna.example@sip.example.org",
)  # fmt: skip
HEADER = "number;issued;name;what;net;tax;currency;customer;sip"
ANNA = "anna.example@sip.example.org"

if "invoice" not in {kind.declaration.name for kind in KEPT}:
    KEPT.add(Invoice)


def billing_of(house: Installation, country: str = "DE", limits: SheetLimits | None = None) -> Billing:
    return Billing(
        db=house.db, customers=house.keyring, terms=LawfulTerms(LAW, {PROVIDER: Books(country)}), ledger=house.ledger,
        clock=house.clock, secret=SECRET, limits=limits,
    )  # fmt: skip


async def chunks(text: str | bytes, size: int = 7) -> AsyncIterator[bytes]:
    raw = text if isinstance(text, bytes) else text.encode()
    for at in range(0, len(raw), size):
        yield raw[at : at + size]


def line(number: int, customer: str = "", sip: str = ANNA) -> str:
    return f"R-{number};2027-01-10;Anna Example;Phone;19,00;3,61;EUR;{customer};{sip}"


@pytest.mark.usefixtures("each_database")
class TestKeeping:
    @pytest.mark.promise("ZOI-09")
    @pytest.mark.promise("ACR-05")
    @pytest.mark.promise("CTP-01")
    async def test_after_the_erasure_the_invoice_opens_and_on_its_end_date_nothing_does(self, tmp_path: Path) -> None:
        clock = ManualClock()
        async with installed(prepared(tmp_path), clock) as house:
            anna, billing = await house.enrol(), billing_of(house)
            await billing.add(PROVIDER, DRAFT)
            premises = Premises(
                database=house.db.path, keyring=house.folder / "keyring.sqlite",
                key_file=house.folder / "secrets" / "keys", tombstones=house.folder / "tombstones",
            )  # fmt: skip
            examiner = Examiner(house.db, house.keyring, premises, clock, SystemRandomness(), registry=KEPT)
            statutes = CountryStatutes(LAW, {PROVIDER: "DE"})
            erasures = house.erasures(registry=KEPT, statutes=statutes, examiner=examiner)
            erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
            await erasures.run(erasure)
            kept = [each for each in (await erasures.status(erasure)).verdicts if each.outcome is Outcome.KEPT]
            until = LAW.country("DE").invoice.until(ISSUED)
            assert {(each.table, each.until, each.law) for each in kept} == {
                ("invoice", until, LAW.country("DE").invoice.id)
            }
            assert erasures.residues == 0
            (invoice,) = await billing.of_customer(PROVIDER, "K-4711")
            assert (invoice.name, invoice.net) == ("Anna Example", 1900)
            assert house.find() is None
            assert await house.rows_of(anna, KEPT) == 1
            clock.advance((until - day_of(clock.time())).days * 86_400)
            await _sweep(house)
            assert len(await billing.of_customer(PROVIDER, "K-4711")) == 1
            clock.advance(2 * 86_400)
            await _sweep(house)
            assert await billing.by_number(PROVIDER, DRAFT.number) is None
            assert await billing.of_customer(PROVIDER, "K-4711") == []
            assert not house.keyring.knows(anna)

    @pytest.mark.promise("ZOI-09")
    @pytest.mark.parametrize("country", ["AT", "BG", "CH", "CZ", "DE", "ES", "FR", "IT", "PL", "RO", "SE"])
    async def test_each_country_keeps_by_its_own_law(self, tmp_path: Path, country: str) -> None:
        async with installed(prepared(tmp_path)) as house:
            await house.enrol()
            billing = billing_of(house, country)
            await billing.add(PROVIDER, DRAFT)
            (invoice,) = await billing.of_customer(PROVIDER, "K-4711")
            until = LAW.country(country).invoice.until(ISSUED)
            assert invoice.due is not None
            assert day_of(invoice.due) == until + dt.timedelta(days=1)

    async def test_the_last_invoice_comes_when_its_customer_has_gone(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna, billing = await house.enrol(), billing_of(house)
            await billing.add(PROVIDER, DRAFT)
            erasures = house.erasures(registry=KEPT)
            await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
            await billing.add(PROVIDER, replace(DRAFT, number="R-2027-0002", sip=""))
            assert len(await billing.of_customer(PROVIDER, "K-4711")) == 2

    async def test_while_its_customer_is_being_erased_no_invoice_is_taken(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna, billing = await house.enrol(), billing_of(house)
            await house.erasures(registry=KEPT).request(PROVIDER, anna, Reason.ASKED)
            with pytest.raises(SubjectGone):
                await billing.add(PROVIDER, DRAFT)


@pytest.mark.usefixtures("each_database")
class TestTakingIn:
    async def test_the_same_number_is_the_same_invoice(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            await house.enrol()
            billing = billing_of(house)
            first = await billing.add(PROVIDER, DRAFT)
            assert await billing.add(PROVIDER, DRAFT) == first
            with pytest.raises(InvoiceDiffers):
                await billing.add(PROVIDER, replace(DRAFT, net=1))
            assert [each.net for each in await billing.of_customer(PROVIDER, "K-4711")] == [1900]

    async def test_a_customer_is_found_by_either_identifier_and_never_guessed(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna = await house.enrol()
            boris = await house.enrol("boris@sip.example.org")
            house.keyring.bind(PROVIDER, IdentifierKind.CUSTOMER_NUMBER, "K-2", boris)
            billing = billing_of(house)
            await billing.add(PROVIDER, replace(DRAFT, customer=""))
            await billing.add(PROVIDER, replace(DRAFT, number="R-2", customer="K-2", sip=""))
            assert (len(await billing.of(PROVIDER, anna)), len(await billing.of(PROVIDER, boris))) == (1, 1)
            for customer, sip in (("K-2", ANNA), ("K-9", ""), ("", "nobody@sip.example.org")):
                with pytest.raises(CustomerUnknown):
                    await billing.add(PROVIDER, replace(DRAFT, number="R-3", customer=customer, sip=sip))

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("number", " "), ("number", "7" * 65), ("name", ""), ("what", "two\nlines"), ("customer", "K\x001"),
            ("issued", dt.date(1980, 1, 1)), ("issued", dt.date(2029, 1, 1)), ("issued", dt.date(1995, 1, 1)),
            ("net", 10**13), ("tax", -(10**13)), ("currency", "eur"),
        ],
    )  # fmt: skip
    async def test_what_cannot_stand_is_refused_by_its_column(self, tmp_path: Path, column: str, value: object) -> None:
        async with installed(prepared(tmp_path)) as house:
            await house.enrol()
            with pytest.raises(InvoiceUnusable, match=f"column={column}"):
                await billing_of(house).add(PROVIDER, replace(DRAFT, **{column: value}))  # type: ignore[arg-type]

    async def test_an_invoice_without_customer_is_nobodys(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            with pytest.raises(InvoiceUnusable, match="column=customer"):
                await billing_of(house).add(PROVIDER, replace(DRAFT, customer=" ", sip=""))


@pytest.mark.usefixtures("each_database")
class TestFiles:
    async def test_a_dry_run_says_what_each_line_does_and_writes_nothing(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna, billing = await house.enrol(), billing_of(house)
            await billing.bring_in(PROVIDER, chunks("\n".join([HEADER, line(1)])))
            text = "\r\n".join([HEADER, line(1), line(2), line(2), line(3, sip="nobody@x.example"), "R-4;x"]) + "\r\n"
            done = await billing.bring_in(PROVIDER, chunks(text), dry_run=True)
            assert [(each.number, each.effect, each.fault) for each in done.lines] == [
                (2, Effect.SAME, ""), (3, Effect.NEW, ""), (4, Effect.SAME, ""),
                (5, Effect.FAULT, "customer_unknown"), (6, Effect.FAULT, "invoice_unusable"),
            ]  # fmt: skip
            assert (done.written, done.new) == (False, 1)
            assert len(await billing.of(PROVIDER, anna)) == 1

    async def test_a_file_with_one_fault_is_not_taken_at_all(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna, billing = await house.enrol(), billing_of(house)
            done = await billing.bring_in(PROVIDER, chunks("\n".join([HEADER, line(1, customer="K-1"), "R-2;x"])))
            assert not done.written
            assert await billing.of(PROVIDER, anna) == []
            assert house.keyring.find(PROVIDER, IdentifierKind.CUSTOMER_NUMBER, "K-1") is None

    async def test_a_file_is_in_the_ledger_and_the_second_time_it_changes_nothing(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna, billing = await house.enrol(), billing_of(house)
            text = "\ufeff" + "\n".join([HEADER, *(line(number, customer="K-1") for number in range(700))])
            done = await billing.bring_in(PROVIDER, chunks(text, 4096), origin=Origin.PAYMENT_PROCESSOR)
            assert (done.written, done.new) == (True, 700)
            assert (await house.ledger.head(PROVIDER)).number == 1
            again = await billing.bring_in(PROVIDER, chunks(text, 4096), origin=Origin.PAYMENT_PROCESSOR)
            assert (again.written, again.new) == (True, 0)
            assert (await house.ledger.head(PROVIDER)).number == 1
            assert len(await billing.of(PROVIDER, anna)) == 700
            assert {each.origin for each in await billing.of_customer(PROVIDER, "K-1")} == {Origin.PAYMENT_PROCESSOR}

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (b"", "empty"),
            ("number;issued\n", "columns_missing"),
            (HEADER + ";password\n", "columns_unknown"),
            (HEADER + ";sip\n", "columns_unknown"),
            (b"\xff\xfe" + HEADER.encode(), "not_utf_8"),
            (HEADER + '\n"never closed\n', "open_quotation"),
            (HEADER + "\n" + "x" * 200, "record_too_long"),
            (HEADER + "\n" + line(1) + "\n" + line(2), "too_many_rows"),
            (HEADER + "\n" * 400, "too_large"),
        ],
    )
    async def test_a_file_that_is_none_is_refused(self, tmp_path: Path, text: str | bytes, problem: str) -> None:
        async with installed(prepared(tmp_path)) as house:
            await house.enrol()
            billing = billing_of(house, limits=SheetLimits(size=400, rows=1, record=120))
            with pytest.raises(FileUnusable, match=f"problem={problem}"):
                await billing.bring_in(PROVIDER, chunks(text))


@given(st.integers(-(10**11), 10**11))
def test_amounts_are_read_as_they_are_written(cents: int) -> None:
    whole, rest = divmod(abs(cents), 100)
    text = f"{'-' if cents < 0 else ''}{whole}.{rest:02}"
    assert amount("net", text) == cents
    assert amount("net", text.replace(".", ",")) == cents


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_amounts(text: str) -> None:
    with suppress(InvoiceUnusable):
        assert isinstance(amount("net", text), int)


@given(st.binary(max_size=300), st.integers(1, 9))
async def test_no_file_breaks_the_reading(content: bytes, size: int) -> None:
    sheet = Sheet(chunks(HEADER.encode() + b"\n" + content, size), Origin.PROVIDER, SheetLimits())
    with suppress(FileUnusable):
        async for row in sheet.rows():
            assert (row.draft is None) is (row.fault is not None)


@given(st.lists(st.text('abc;,"\n ä', max_size=8), min_size=1, max_size=3), st.integers(1, 9))
async def test_quoted_values_are_read_as_they_are_written(names: list[str], size: int) -> None:
    lines = [HEADER]
    for number, name in enumerate(names):
        quoted = '"' + name.replace('"', '""') + '"'
        lines.append(f"R-{number};2027-01-10;{quoted};Phone;1;0;EUR;K-1;")
    sheet = Sheet(chunks("\n".join(lines), size), Origin.PROVIDER, SheetLimits())
    read = [row.draft async for row in sheet.rows()]
    assert [draft.name for draft in read if draft] == [name.strip() for name in names]


def test_a_draft_names_nobody_in_a_log() -> None:
    assert "Anna" not in repr(DRAFT)
    assert "R-2027" not in repr(DRAFT)


def test_books_of_a_financial_year_that_ends_in_june() -> None:
    terms = LawfulTerms(LAW, {ProviderId("x"): Books("CH", (6, 30))})
    assert terms.until(ProviderId("x"), dt.date(2026, 7, 1)).year == 2037


async def _sweep(house: Installation) -> None:
    await Retention(house.db, house.keyring, house.clock, SystemRandomness(), registry=KEPT).sweep()
