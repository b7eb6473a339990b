"""Facts of made-up requests, so full that every item has something to say."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from itertools import product

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Registry, Role, Source, personal
from ringfence.declarations.flow import Flows
from ringfence.identifiers import CaseId, ProviderId, RecipientId
from ringfence.privacy.answers import ActualRecipient, AnswerFacts, Hearing, Hears, Held
from ringfence.privacy.consent import Channel, Choice, Feature
from ringfence.privacy.egress import LegalRole
from ringfence.privacy.law import Law
from ringfence.privacy.notices import NamedRecipient, ProviderPolicy
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.rights import Outcome as Fate
from ringfence.privacy.rights import Verdict

__all__ = ["ANSWERED", "FLOWS", "LANGUAGES", "LAW", "REGISTRY", "decisions", "facts", "policy"]

LANGUAGES = ("en", "bg", "cs", "de", "es", "fr")
LAW = Law.load()
FLOWS = Flows()
REGISTRY = Registry(FLOWS)
ANSWERED = (Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED)
_EXCEPTIONS = {
    Kind.ACCESS: "15-4",
    Kind.PORTABILITY: "20-1",
    Kind.RECTIFICATION: "16",
    Kind.RESTRICTION: "18-1",
    Kind.LIFT_RESTRICTION: "12-5",
    Kind.OBJECTION: "21-1",
    Kind.ERASURE: "17-3-b",
    Kind.RECIPIENTS: "19",
}


class Account(Record, table="letter_account", number=1, keep=Keep.WHILE_ENROLLED, registry=REGISTRY):
    address: str = personal(1, Category.SIP_ADDRESS, Purpose.ENROL, Source.PERSON)
    token: str = personal(2, Category.PUSH_TOKEN, Purpose.WAKE_DEVICE, Source.DEVICE)


class Bill(Record, table="letter_bill", number=2, keep=Keep.INVOICE, registry=REGISTRY):
    lines: str = personal(1, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)


class Guarded(Record, table="letter_guarded", number=3, keep=Keep.WHILE_ENROLLED, registry=REGISTRY):
    source: str = personal(1, Category.NETWORK_ADDRESS, Purpose.SECURE, Source.GENERATED)
    book: str = personal(2, Category.NAME, Purpose.SYNC_CONTACTS, Source.PERSON)


Flow(
    name="letter.push",
    medium=Medium.PUSH,
    carries=(Category.PUSH_TOKEN,),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.PBX,
    to=Role.PUSH_SERVICE,
    says="A push wakes the phone.",
    among=FLOWS,
)


def policy(country: str = "DE", *, operator: str = "Machine Room Ltd") -> ProviderPolicy:
    return ProviderPolicy(
        id=ProviderId("example"), name="Example Telecom", controller="Example Telecom GmbH, Musterweg 1, Berlin",
        privacy_officer="privacy@example.org", supervisory_authority="BfDI", country=country, minimum_age=16,
        operator=operator, recipients=(NamedRecipient("Push Inc.", "US", "processor", ("EU-US DPF",)),),
    )  # fmt: skip


def facts(
    about: LetterKind = LetterKind.ANSWER, kind: Kind = Kind.ACCESS, outcome: Outcome | None = Outcome.GRANTED,
    **changes: object,
) -> AnswerFacts:  # fmt: skip
    """A request that came on 2 November 2026."""
    law = LAW.country("DE").invoice.id
    whole = AnswerFacts(
        policy=policy(), case=CaseId("aaaaaaaaaaaaaaaaaaaaaaaaaa"), about=about, kind=kind, outcome=outcome,
        received=dt.date(2026, 11, 2), promised=dt.date(2026, 12, 1), legal=dt.date(2026, 12, 2),
        today=dt.date(2026, 11, 22),
        held=(Held("letter_account", 1), Held("letter_bill", 7), Held("letter_guarded", 2)),
        recipients=(
            ActualRecipient(
                "Push Inc.", "US", LegalRole.PROCESSOR, "letter.push", dt.date(2026, 1, 5), dt.date(2026, 11, 20),
                ("EU-US DPF",), abroad=True,
            ),
            ActualRecipient(
                "Mail Sarl", "FR", LegalRole.PROCESSOR, "letter.push", dt.date(2026, 2, 5), dt.date(2026, 3, 1),
                abroad=True,
            ),
        ),
        hearing=tuple(Hearing(f"Recipient {hears}", hears) for hears in Hears),
        verdicts=(
            Verdict("letter_account", "address", "sip_address", Fate.ERASED, 1),
            Verdict("letter_bill", "lines", "invoice", Fate.KEPT, 7, dt.date(2034, 12, 31), law),
        ),
        withdrawn=(
            Choice(Feature.CONTACTS),
            Choice(Feature.MARKETING, None, Channel.MAIL),
            Choice(Feature.MARKETING, RecipientId("cinema"), Channel.SMS),
        ),
        partners={"cinema": "Cinema Paradiso"}, ends_on=dt.date(2026, 12, 22), name="Anna Example",
        exception=_EXCEPTIONS.get(kind, "") if outcome is Outcome.REFUSED else "", ground="",
        note="The first reason.\nThe second reason.", details={"display name": "Anna Exemplar"},
    )  # fmt: skip
    if outcome is Outcome.PARTLY and kind in _EXCEPTIONS:
        whole = dataclasses.replace(whole, exception=_EXCEPTIONS[kind])
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]  # the caller names fields of the facts


def decisions() -> Iterator[tuple[LetterKind, Kind, Outcome | None]]:
    """Every letter that there is; a withdrawal can't be refused, not even in part."""
    answers = product((LetterKind.ANSWER,), Kind, ANSWERED)
    yield from (each for each in answers if each[1] is not Kind.WITHDRAWAL or each[2] is Outcome.GRANTED)
    others = [about for about in LetterKind if about is not LetterKind.ANSWER]
    yield from ((about, kind, None) for about, kind in product(others, Kind))
