"""One person who uses everything, with a word of their own in whatever a person, an officer or a caller can fill.

live(town) ──> words by place, needles gathered while there was something to gather ──> Traces
leave(town, traces) ──> their erasure, certified
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from ringfence.clock import DAY, day_of
from ringfence.declarations import REGISTRY, IdentifierKind
from ringfence.identifiers import CaseId, DeviceId, ProviderId, RecipientId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.backup import make_backup
from ringfence.privacy.consent import Act, Choice, Feature, Shown
from ringfence.privacy.egress import EgressClient
from ringfence.privacy.egress.client import EgressResponse
from ringfence.privacy.looks import LookReason
from ringfence.privacy.packages import Kind as PackageKind
from ringfence.privacy.requests import (
    AnswerQuestion,
    Asked,
    AskMeaning,
    AskProof,
    By,
    Channel,
    Document,
    Grant,
    HandIn,
    Identifier,
    Kind,
    Mark,
    MarkAs,
    Proof,
    Refer,
    Relation,
    Settle,
    State,
)
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.rights.gather import gather
from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.secrecy import OrderKind, ReleaseReason
from ringfence.privacy.vault import Keyring
from ringfence.randomness import SeededRandomness
from ringfence.services.billing import Draft
from ringfence.services.calls import Caller
from ringfence.services.enrolment import Application, MailAddresses, SipAddress
from ringfence.services.signin.records import Passkey
from tests.simulation.town import Town

__all__ = ["Traces", "leave", "live", "other_controller"]

PROVIDER: Final = ProviderId("de")
_NOBODY: Final = SubjectId("")
_PROMISED: Final = 7  # days (ACR-05)
_PAPERS: Final = (Document.IDENTITY_CARD, Document.PASSPORT, Document.MANDATE)


@dataclass
class Traces:
    """`words` by the place where each was filled in; `needles` of all that was sealed, at any moment of the life."""

    randomness: SeededRandomness
    words: dict[str, str] = field(default_factory=dict)
    needles: dict[tuple[str, tuple[bytes, ...]], Needle] = field(default_factory=dict)
    opened: dict[str, bytes] = field(default_factory=dict)
    """What was read back with the keys, by `table.field`: all spellings of all values, one behind the other."""
    at_the_end: set[str] = field(default_factory=set)
    """Of which columns there was something when it was last gathered."""
    subject: SubjectId = _NOBODY
    device: str = ""
    guest: SubjectId = _NOBODY
    """Under which the person was known while it was not settled who is asked for."""

    def word(self, place: str) -> str:
        """A word that stands nowhere else."""
        made = self.words[place] = f"canary{self.randomness.bytes(8).hex()}"
        return made

    async def gather(self, town: Town) -> None:
        """Everything that lies there now, with what opens it."""
        kernel = town.kernel
        self.at_the_end.clear()
        for subject in filter(None, (self.subject, self.guest)):
            await self._gather(kernel.db, kernel.keyring, subject)

    async def _gather(self, db: Database, keyring: Keyring, subject: SubjectId) -> None:
        for needle in await gather(db, keyring, REGISTRY, subject, categories=None):
            if needle.kind is NeedleKind.CLEAR:
                self.opened[needle.column] = self.opened.get(needle.column, b"") + b"\0".join(needle.patterns)
            else:
                self.needles[needle.column, needle.patterns] = needle
                self.at_the_end.add(needle.column)

    def clear(self) -> list[Needle]:
        """The words, in every spelling."""
        made = [Needle.clear(place, [word]) for place, word in self.words.items()]
        return [needle for needle in made if needle is not None]

    def sealed(self) -> list[Needle]:
        """Ciphertexts, wrapped keys, and blinded identifiers."""
        return list(self.needles.values())


def other_controller(patch: pytest.MonkeyPatch) -> bytearray:
    """Stand in for whoever is sent something over HTTP, behind the gate; returns what they took."""
    taken = bytearray()

    async def send(
        self: Any, method: str, flow: Any, url: str, *, headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] = b"", concerned: Any = None,
    ) -> EgressResponse:  # fmt: skip
        del method, headers
        self._gate.allow(flow, self._recipient, url, concerned)
        if isinstance(content, bytes):
            taken.extend(content)
        else:
            async for some in content:
                taken.extend(some)
        self._gate.passed(flow, self._recipient, concerned)
        return EgressResponse(201, {}, b"")

    patch.setattr(EgressClient, "send", send)
    return taken


async def live(town: Town, traces: Traces) -> None:
    """From enrolment to the day before they leave, some four months."""
    await _come(town, traces)
    await _use(town, traces)
    for kind in (Kind.RECIPIENTS, Kind.RECTIFICATION, Kind.OBJECTION, Kind.WITHDRAWAL, Kind.COMPLAINT):
        await _answered(town, traces, await _ask(town, traces, kind))
    await _by_a_representative(town, traces)
    await _copied_and_expired(town, traces)
    await _restricted(town, traces)
    await _held(town, traces)
    await _back_up(town)
    await _at_the_end(town, traces)
    await traces.gather(town)


async def leave(town: Town, traces: Traces) -> bytes:
    """They ask for erasure, and it is granted; what comes back is its certificate, within the days promised."""
    case = await _ask(town, traces, Kind.ERASURE)
    granted = Grant(traces.word("reasons of the erasure"))
    await town.server.rights.requests.step(PROVIDER, case, granted, By.member(_officer(town)))
    await traces.gather(town)
    for _ in range(_PROMISED):
        await town.day()
        found = await town.raw("SELECT certificate FROM erasure WHERE certified")
        if found:
            assert isinstance(found[0][0], bytes)
            return found[0][0]
        town.clock.advance(DAY)
    raise AssertionError("not gone within the days promised")


# Coming, and using it ------------------------------------------------------------------------------------------------


async def _come(town: Town, traces: Traces) -> None:
    user, versions = traces.word("sip user"), town.server.notices.versions(PROVIDER)
    enrolled = await town.server.enrolment.enrol(
        Application(
            address=SipAddress(user, f"{PROVIDER}.example"),
            auth_user=traces.word("credential.auth_user"),
            password=traces.word("password"),
            device_name=traces.word("device.name"),
            public_key=traces.word("device.public_key").encode().ljust(32, b".")[:32],
            app=f"app-{PROVIDER}",
            push_token=traces.word("push_instance.token"),
            notice_version=versions.notice,
            terms_version=versions.terms,
            language="en",
            old_enough=True,
        )
    )
    found = town.kernel.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, f"{user}@{PROVIDER}.example")
    assert found is not None
    traces.subject, traces.device = found, enrolled.device
    town.server.enrolment.registered(enrolled.device)
    mail = f"{traces.word('mail_address.address')}@mail.example"
    await MailAddresses(town.kernel.db).keep(PROVIDER, found, mail)
    async with town.kernel.db.transaction() as unit:  # as the ceremony leaves it
        await unit.add(
            Passkey(
                id=RowId(new_id(traces.randomness)), provider=PROVIDER, subject=found, due=None, count=1,
                credential=traces.word("passkey.credential").encode(),
                public_key=traces.word("passkey.public_key").encode(), name=traces.word("passkey.name"),
            )
        )  # fmt: skip


async def _use(town: Town, traces: Traces) -> None:
    await _missed(town, traces)
    for feature in (Feature.CONTACTS, Feature.LOCATION):
        text = town.server.notices.consent_text(PROVIDER, Choice(feature), "en")
        await town.server.rights.consents.give(
            PROVIDER, traces.subject, Choice(feature), shown=Shown(text.version, text.language), act=Act.SWITCH,
            old_enough=True,
        )  # fmt: skip
    await town.server.rights.consents.withdraw(PROVIDER, traces.subject, Choice(Feature.LOCATION), act=Act.SWITCH)
    await town.server.rights.looks.show(
        PROVIDER, _officer(town), traces.subject, "sip_account",
        reason=LookReason.SOLVE_FAULT, note=traces.word("look.note"),
    )  # fmt: skip
    draft = Draft(
        number=traces.word("invoice.number"), issued=day_of(town.clock.time()), name=traces.word("invoice.name"),
        what=traces.word("invoice.what"), net=1000, tax=190, customer=traces.word("invoice.customer"),
        sip=f"{traces.words['sip user']}@{PROVIDER}.example", payment=traces.word("invoice.payment"),
    )  # fmt: skip
    await town.billing.add(PROVIDER, draft)
    await town.day()
    await traces.gather(town)


async def _missed(town: Town, traces: Traces) -> None:
    number = traces.word("missed_call.caller_uri")
    caller = Caller(name=traces.word("missed_call.caller_name"), uri=f"sip:{number}@elsewhere.example")
    town.server.missed.note(traces.subject, PROVIDER, caller, town.clock.time())
    await town.server.missed.drain()


# Asking --------------------------------------------------------------------------------------------------------------


async def _ask(town: Town, traces: Traces, kind: Kind, **details: str) -> CaseId:
    place = f"request_case of {kind.value}"
    return await town.server.rights.requests.receive(
        Asked(
            provider=PROVIDER, kind=kind, channel=Channel.PORTAL, subject=traces.subject, proof=Proof.SESSION,
            name=traces.word(f"{place}: name"), contact=f"{traces.word(f'{place}: contact')}@mail.example",
            text=traces.word(f"{place}: text"), details={"why": traces.word(f"{place}: details"), **details},
        )
    )  # fmt: skip


async def _answered(town: Town, traces: Traces, case: CaseId) -> None:
    """As the staff answer it, by two where it takes two; the sweep of a day does the rest."""
    officer = By.member(_officer(town))
    requests = town.server.rights.requests
    for _ in range(8):
        view = await requests.case(PROVIDER, case)
        if view.summary.state is State.ANSWERED:
            break
        if view.summary.state is State.READY and view.summary.kind is Kind.RECTIFICATION:
            await _correct(town, traces, case)
        if view.summary.state is State.READY:
            granted = Grant(traces.word(f"reasons of {view.summary.kind.value}, {len(traces.words)}"))
            await requests.step(PROVIDER, case, granted, officer)
        await town.day()
        await traces.gather(town)
    else:
        raise AssertionError(f"not answered: {view.summary.kind} {view.summary.state}")


async def _correct(town: Town, traces: Traces, case: CaseId) -> None:
    await town.server.rights.rectifications.correct(
        PROVIDER, traces.subject, _officer(town), case=case, table="device", row=RowId(traces.device), field="name",
        value=traces.word("device.name, corrected"),
    )  # fmt: skip


async def _by_a_representative(town: Town, traces: Traces) -> None:
    """Somebody writes for them, shows papers, is asked what they mean, and is found to be too much."""
    requests, officer = town.server.rights.requests, By.member(_officer(town))
    case = await requests.receive(
        Asked(
            provider=PROVIDER, kind=Kind.ACCESS, channel=Channel.FORM, relation=Relation.REPRESENTATIVE,
            name=traces.word("request_mandate.name"), contact=f"{traces.word('request_mandate.contact')}@law.example",
            text=traces.word("request by a representative: text"), mandate=traces.word("request_mandate.paper"),
            identifier=Identifier(IdentifierKind.SIP_ADDRESS, f"{traces.words['sip user']}@{PROVIDER}.example"),
        )
    )  # fmt: skip
    traces.guest = (await requests.case(PROVIDER, case)).subject
    await requests.step(PROVIDER, case, MarkAs(Mark.UNFOUNDED, traces.word("reason of a mark")), officer)
    for document in _PAPERS:
        await requests.step(PROVIDER, case, AskProof(Proof.DOCUMENTS, traces.word(f"why {document.value}")), officer)
        scan = f"%PDF-1.4 {traces.word(f'copy of {document.value}')}".encode()
        shown = HandIn(document, scan, "application/pdf")
        await requests.step_of_person(PROVIDER, traces.guest, case, shown)
    await traces.gather(town)
    for step in (
        Refer(traces.word("reason of a referral")),
        Settle(traces.word("reason of a settlement"), traces.subject),
        AskMeaning(traces.word("a question")),
        AnswerQuestion(traces.word("an answer to a question")),
    ):
        await requests.step(PROVIDER, case, step, officer)
    await _answered(town, traces, case)


async def _copied_and_expired(town: Town, traces: Traces) -> None:
    """A copy with what lives only days, which they fetch and which then ends; and one sent to another controller."""
    await _missed(town, traces)
    await _answered(town, traces, await _ask(town, traces, Kind.ACCESS))
    host = traces.word("package_transmission.url")
    await _answered(town, traces, await _ask(town, traces, Kind.PORTABILITY, transmit_to=f"https://{host}.example/in"))
    packages = town.server.rights.packages
    for each in await packages.of(traces.subject):
        assert [part async for part in packages.stream(each.id, subject=traces.subject)]
    sendings = town.server.rights.transmissions
    for proposal in await sendings.of(traces.subject):
        await sendings.transmit(traces.subject, proposal.id)
    await traces.gather(town)
    for _ in range(2):
        town.clock.advance(8 * DAY)
        town.server.enrolment.registered(DeviceId(traces.device))
        await town.day()
        await town.night()


async def _restricted(town: Town, traces: Traces) -> None:
    """Everything is only stored for a month; then they want it used again."""
    details = {"ground": Ground.UNLAWFUL.value}
    await _answered(town, traces, await _ask(town, traces, Kind.RESTRICTION, **details))
    assert any(
        each.ground is Ground.UNLAWFUL for each in await town.server.rights.restrictions.of(PROVIDER, traces.subject)
    )
    await traces.gather(town)
    for stand in await town.server.rights.restrictions.of(PROVIDER, traces.subject):
        named = {"restriction": stand.id}
        await _answered(town, traces, await _ask(town, traces, Kind.LIFT_RESTRICTION, **named))


async def _held(town: Town, traces: Traces) -> None:
    """By an order, about which they are not told for a while."""
    rights, officer = town.server.rights, _officer(town)
    order = await rights.secrecy.impose(
        PROVIDER, traces.subject, officer, kind=OrderKind.COURT, reference=traces.word("secrecy_order.reference"),
        recipients=[RecipientId("police")],
    )  # fmt: skip
    hold = await rights.holds.place(
        PROVIDER, traces.subject, officer, tables=("missed_call", "agreement", "look"),
        reason=HoldReason.PRESERVATION, until=None, note=traces.word("hold.note"), order=order,
    )  # fmt: skip
    await traces.gather(town)
    await rights.holds.release(PROVIDER, hold, officer)
    await rights.secrecy.release(PROVIDER, order, officer, ReleaseReason.LIFTED)


async def _back_up(town: Town) -> None:
    kernel = town.kernel
    await make_backup(
        kernel.places.backups / "one", db=kernel.db, keyring=kernel.keyring, tombstones=kernel.tombstones,
        ledger=kernel.ledger, signer=kernel.signer, clock=town.clock,
        lifetime=kernel.settings.installation.backup_days * DAY, with_database=kernel.db.path is not None,
    )  # fmt: skip


async def _at_the_end(town: Town, traces: Traces) -> None:
    """What is still under way when they leave: a copy nobody has fetched, a sending nobody has confirmed, a call."""
    rights = town.server.rights
    await _missed(town, traces)
    package = await rights.packages.prepare(PROVIDER, traces.subject, kind=PackageKind.PORTABILITY)
    await town.day()
    await rights.transmissions.propose(
        PROVIDER, traces.subject, package, f"https://{traces.word('package_transmission.url, again')}.example/in",
        token=traces.word("package_transmission.token"),
    )  # fmt: skip
    await _ask(town, traces, Kind.COMPLAINT)


def _officer(town: Town) -> StaffId:
    return town.officers[PROVIDER]
