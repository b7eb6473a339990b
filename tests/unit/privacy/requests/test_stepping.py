"""What officers and people can do with a request, and the rules that hold them."""

import datetime as dt

import pytest

from ringfence.declarations import IdentifierKind, Keep
from ringfence.identifiers import CaseId, SubjectId
from ringfence.persistence import Place
from ringfence.privacy.requests import (
    PERSON,
    RINGFENCE,
    AnswerQuestion,
    AskedTooMuch,
    AskMeaning,
    AskProof,
    Assign,
    Channel,
    Classify,
    CopyNotAllowed,
    Delivery,
    Dismiss,
    Document,
    Event,
    Extend,
    ExtensionTooLate,
    Grant,
    GroundMissing,
    HandIn,
    Identifier,
    Identify,
    Kind,
    LetterKind,
    Mark,
    MarkAs,
    Outcome,
    Posted,
    Proof,
    ProofInsufficient,
    ReasonMissing,
    Refer,
    Refuse,
    Relation,
    Reopen,
    RequestPolicy,
    SameMember,
    Second,
    SendBack,
    Settle,
    Stage,
    State,
    Step,
    StepNotAllowed,
    TakeBack,
    UnknownCase,
)
from ringfence.privacy.requests.records import Case, CaseLetter, CaseStep, Evidence, Mandate
from tests.unit.privacy.requests.bureau import ADDRESS, ANN, BOB, BY_ANN, BY_BOB, PROVIDER, Bureau, bureau

KNOWN = Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS)
PDF = b"%PDF-1.7 a redacted passport 3f9a7c51"


async def handed_in(office: Bureau, case: CaseId, *documents: Document) -> None:
    for document in documents:
        await office.step(case, HandIn(document, PDF, "application/pdf"), PERSON)


class TestIdentity:
    @pytest.mark.promise("CTP-07")
    async def test_two_of_four_kinds_of_document_and_an_identifier_settle_it(self, office: Bureau) -> None:
        anna = await office.subscriber()
        case = await office.written(identifier=KNOWN)
        await handed_in(office, case, Document.PASSPORT)
        with pytest.raises(ProofInsufficient):
            await office.step(case, Identify(Proof.DOCUMENTS, anna))
        await handed_in(office, case, Document.PASSPORT)
        with pytest.raises(ProofInsufficient):  # two papers, one kind
            await office.step(case, Identify(Proof.DOCUMENTS, anna))
        await handed_in(office, case, Document.DRIVING_LICENCE)
        await office.step(case, Identify(Proof.DOCUMENTS, anna))
        view = await office.view(case)
        assert (view.summary.state, view.summary.proof, view.subject) == (State.READY, Proof.DOCUMENTS, anna)
        assert view.history[-1].codes == ("redacted_document", "driving_licence", "passport")

    @pytest.mark.promise("CTP-07")
    async def test_documents_without_an_identifier_that_leads_to_the_person_settle_nothing(
        self, office: Bureau
    ) -> None:
        anna = await office.subscriber()
        case = await office.written()
        await handed_in(office, case, Document.PASSPORT, Document.IDENTITY_CARD)
        with pytest.raises(ProofInsufficient):
            await office.step(case, Identify(Proof.DOCUMENTS, anna))

    @pytest.mark.promise("CTP-07")
    @pytest.mark.parametrize("ends", ["identified", "refused", "taken back", "dismissed", "settled"])
    async def test_copies_are_gone_right_after_the_decision_and_so_is_their_key(
        self, office: Bureau, ends: str
    ) -> None:
        anna = await office.subscriber()
        case = await office.written(identifier=KNOWN)
        await handed_in(office, case, Document.PASSPORT, Document.DRIVING_LICENCE)
        sealed, place = await self._sealed(office, case)
        assert PDF in office.house.vault.open(place, sealed)
        await self._decide(office, case, anna, ends)
        await office.requests.resume()
        assert office.house.vault.open_all([(place, sealed)]) == [None]  # not even who kept a copy of the row reads it
        async with office.house.db.reading() as unit:
            assert await unit.count(Evidence) == 0
        assert b"3f9a7c51" not in b"".join(
            path.read_bytes() for path in office.house.folder.rglob("*") if path.is_file()
        )

    async def _decide(self, office: Bureau, case: CaseId, anna: SubjectId, ends: str) -> None:
        ways: dict[str, tuple[Step, ...]] = {
            "identified": (Identify(Proof.DOCUMENTS, anna),),
            "refused": (Refuse("11-2", "The papers name somebody else."),),
            "taken back": (TakeBack(),),
            "dismissed": (Dismiss("An advertisement."),),
            "settled": (Refer("The papers are old."), Settle("Known at the desk.", anna)),
        }
        for step in ways[ends]:
            await office.step(case, step)

    async def _sealed(self, office: Bureau, case: CaseId) -> tuple[bytes, Place]:
        table = Evidence.declaration.table
        async with office.house.db.reading() as unit:
            row = (await unit.execute(table.select().where(table.c.case == case).limit(1))).one()
        place = Place(PROVIDER, 62, "", row.subject, row.id, Keep.IDENTITY_EVIDENCE, row.due)
        return row.sealed, place

    @pytest.mark.promise("CTP-07")
    async def test_seen_is_noted_without_a_copy_where_that_suffices(self, office: Bureau) -> None:
        case = await office.written(identifier=KNOWN)
        await office.step(case, HandIn(Document.PASSPORT, PDF, "application/pdf"))
        async with office.house.db.reading() as unit:
            (row,) = await unit.select(Evidence)
        assert (row.copied, row.copy) == (False, b"")
        assert (await office.view(case)).history[-1].codes == ("passport", "seen")

    @pytest.mark.promise("CTP-07")
    async def test_where_the_country_forbids_copies_none_is_taken(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("office") / "house"
        async with bureau(folder, policy=RequestPolicy(country="CZ")) as office:
            case = await office.written(identifier=KNOWN)
            with pytest.raises(CopyNotAllowed):
                await handed_in(office, case, Document.PASSPORT)
            await office.step(case, HandIn(Document.PASSPORT))

    async def test_a_proof_is_asked_for_in_words_and_documents_only_where_the_ladder_has_them(
        self, office: Bureau
    ) -> None:
        case = await office.written()
        await office.step(case, AskProof(Proof.PIN, "Ask for a PIN on our page."))
        with pytest.raises(ReasonMissing):
            await office.step(case, AskProof(Proof.DOCUMENTS, " "))
        await office.step(case, AskProof(Proof.DOCUMENTS, "No number of an account was given."))
        with pytest.raises(ProofInsufficient):
            await office.step(case, AskProof(Proof.PROVIDER, "Come to the shop."))
        assert (await office.view(case)).next_rung is Proof.SESSION
        await office.step(case, AskProof(Proof.SESSION, "Please sign in."))
        assert (await office.view(case)).next_rung is Proof.CALL_BACK
        await office.requests.resume()
        assert (await office.letters(case)).count(LetterKind.PROOF_ASKED) == 3

    @pytest.mark.promise("ACR-13")
    @pytest.mark.parametrize("proof", [Proof.SESSION, Proof.PIN])
    async def test_a_proof_of_the_account_or_a_pin_is_the_sign_ins_to_say_never_an_officers(
        self, office: Bureau, proof: Proof
    ) -> None:
        anna = await office.subscriber()
        case = await office.written(identifier=KNOWN)
        with pytest.raises(ProofInsufficient):
            await office.step(case, Identify(proof, anna), BY_ANN)
        with pytest.raises(StepNotAllowed):
            await office.step(case, Identify(proof, anna), PERSON)
        await office.step(case, Identify(proof, anna), RINGFENCE)
        assert (await office.view(case)).subject == anna

    @pytest.mark.promise("ACR-13")
    async def test_an_answer_goes_to_nobody_before_it_is_settled_who_asks(self, office: Bureau) -> None:
        await office.subscriber()
        case = await office.written(identifier=KNOWN)
        for proof in (Proof.NONE, Proof.NOT_NEEDED, Proof.PROVIDER):
            with pytest.raises(ProofInsufficient):
                await office.step(case, Identify(proof))
        with pytest.raises(StepNotAllowed):
            await office.step(case, Grant())
        await office.requests.resume()
        assert office.does[Stage.PACKAGE].works == []

    @pytest.mark.promise("ACR-17")
    async def test_what_the_usual_proofs_do_not_settle_goes_to_the_provider_to_decide(self, office: Bureau) -> None:
        anna = await office.subscriber()
        case = await office.written(identifier=KNOWN)
        with pytest.raises(ReasonMissing):
            await office.step(case, Refer(" "))
        await office.step(case, Refer("The number was given to somebody else last year."))
        with pytest.raises(StepNotAllowed):
            await office.step(case, Identify(Proof.CALL_BACK, anna))
        with pytest.raises(ReasonMissing):
            await office.step(case, Settle("", anna))
        await office.step(case, Settle("She came to the shop.", anna), BY_BOB)
        view = await office.view(case)
        assert (view.summary.state, view.summary.proof, view.subject) == (State.READY, Proof.PROVIDER, anna)
        assert (view.history[-1].staff, LetterKind.REFERRED in await office.letters(case)) == (BOB, True)

    async def test_the_request_moves_under_the_key_of_whom_it_concerns_and_the_stand_in_is_forgotten(
        self, office: Bureau
    ) -> None:
        anna = await office.subscriber()
        case = await office.written(identifier=KNOWN)
        guest = (await office.view(case)).subject
        await office.step(case, Identify(Proof.CALL_BACK, anna))
        await office.requests.resume()
        assert not office.house.keyring.knows(guest)
        async with office.house.db.reading() as unit:
            for kind in (Case, CaseStep, CaseLetter):
                assert {row.subject for row in await unit.select(kind)} == {anna}
        _, content = await office.requests.own(PROVIDER, anna, case)
        assert content.name == "Anna Example"

    async def test_a_subscriber_is_never_forgotten_because_their_request_was_somebody_elses(
        self, office: Bureau
    ) -> None:
        anna, eve = await office.subscriber(), await office.subscriber("eve@sip.example.org")
        case = await office.signed_in(anna, Kind.OBJECTION)
        await office.step(case, Refer("Asked for her sister."))
        await office.step(case, HandIn(Document.PASSPORT, PDF, "application/pdf"), PERSON)
        await office.step(case, Settle("It is about Eve.", eve))
        await office.requests.resume()
        assert office.house.find() == anna
        assert await office.house.rows_of(anna) == 3

    async def test_nobody_is_identified_as_somebody_who_does_not_exist(self, office: Bureau) -> None:
        case = await office.written()
        with pytest.raises(UnknownCase):
            await office.step(case, Identify(Proof.CALL_BACK, SubjectId("a" * 26)))

    @pytest.mark.parametrize(
        "step",
        [
            HandIn(Document.PASSPORT, b"MZ", "application/x-msdownload"),
            HandIn(Document.PASSPORT, b"<svg/>", "image/svg+xml"),
        ],
    )
    async def test_only_pictures_and_pages_are_taken(self, office: Bureau, step: HandIn) -> None:
        case = await office.written()
        with pytest.raises(ProofInsufficient):
            await office.step(case, step, PERSON)

    async def test_copies_have_limits(self, office: Bureau) -> None:
        case = await office.written()
        with pytest.raises(AskedTooMuch):
            await office.step(case, HandIn(Document.PASSPORT, b"x" * (5 * 1024 * 1024 + 1), "image/png"), PERSON)
        for _ in range(10):
            await office.step(case, HandIn(Document.PASSPORT), PERSON)
        with pytest.raises(AskedTooMuch):
            await office.step(case, HandIn(Document.PASSPORT), PERSON)


class TestActingForSomebody:
    @pytest.mark.promise("ZOI-18")
    async def test_a_representative_with_a_signed_mandate_is_answered_at_their_own_address(
        self, office: Bureau
    ) -> None:
        anna = await office.subscriber()
        case = await office.written(
            relation=Relation.REPRESENTATIVE, name="Rita Right", contact="rita@law.example",
            mandate="power of attorney", identifier=KNOWN,
        )  # fmt: skip
        with pytest.raises(ProofInsufficient):
            await office.step(case, Identify(Proof.CALL_BACK, anna))
        await office.step(case, HandIn(Document.MANDATE))
        await office.step(case, Identify(Proof.DOCUMENTS, anna))
        await office.step(case, Grant())
        await office.requests.resume()
        view = await office.view(case)
        assert (view.subject, view.summary.outcome) == (anna, Outcome.GRANTED)
        assert {posting.to for posting in office.mails.sent} == {"rita@law.example"}
        async with office.house.db.reading() as unit:
            (mandate,) = await unit.select(Mandate)
            (row,) = await unit.select(Case)
        assert (mandate.seen, mandate.relation, mandate.subject != anna) == (True, Relation.REPRESENTATIVE, True)
        assert mandate.due == row.due is not None
        assert (row.name, row.contact) == ("", "")  # what is theirs is sealed for them, and not for Anna

    async def test_a_mandate_without_an_identifier_of_the_person_settles_nothing(self, office: Bureau) -> None:
        anna = await office.subscriber()
        case = await office.written(relation=Relation.REPRESENTATIVE, mandate="power of attorney")
        await office.step(case, HandIn(Document.MANDATE))
        with pytest.raises(ProofInsufficient):
            await office.step(case, Identify(Proof.DOCUMENTS, anna))


class TestDeciding:
    async def ready(self, office: Bureau, kind: Kind = Kind.RECTIFICATION) -> CaseId:
        return await office.signed_in(await office.subscriber(), kind)

    @pytest.mark.promise("ZOI-17")
    @pytest.mark.parametrize(
        ("kind", "stage"),
        [
            (Kind.OBJECTION, Stage.OBJECT),
            (Kind.RESTRICTION, Stage.RESTRICT),
            (Kind.LIFT_RESTRICTION, Stage.LIFT),
            (Kind.WITHDRAWAL, Stage.WITHDRAW),
            (Kind.PORTABILITY, Stage.TRANSMIT),
            (Kind.ERASURE, Stage.ERASE),
        ],
    )
    async def test_what_is_granted_is_carried_out_and_answered(self, office: Bureau, kind: Kind, stage: Stage) -> None:
        anna = await office.subscriber()
        case = await office.signed_in(anna, kind, details={"what": "this"})
        if (await office.view(case)).summary.state is State.READY:
            await office.step(case, Grant())
        await office.requests.resume()
        assert [(work.subject, work.case) for work in office.does[stage].works] == [(anna, case)]
        assert (await office.view(case)).summary.outcome is Outcome.GRANTED

    @pytest.mark.promise("IPS-05")
    async def test_a_correction_is_made_with_what_the_person_said(self, office: Bureau) -> None:
        case = await office.signed_in(await office.subscriber(), Kind.RECTIFICATION, details={"account.name": "Anna"})
        await office.step(case, Grant())
        await office.requests.resume()
        assert [work.details for work in office.does[Stage.RECTIFY].works] == [{"account.name": "Anna"}]

    @pytest.mark.promise("IPS-05")
    async def test_what_would_violate_the_rights_of_others_is_refused_with_its_exception_and_carried_out_by_nobody(
        self, office: Bureau
    ) -> None:
        case = await self.ready(office, Kind.PORTABILITY)
        await office.step(case, Refuse("15-4", "The recordings hold somebody else's voice."))
        await office.requests.resume()
        assert office.does[Stage.PACKAGE].works == office.does[Stage.TRANSMIT].works == []
        answer = office.writer.wrote[-1]
        assert (answer.about, answer.outcome, answer.exception) == (LetterKind.ANSWER, Outcome.REFUSED, "15-4")
        assert answer.note == "The recordings hold somebody else's voice."

    @pytest.mark.promise("ZOI-22")
    async def test_a_refusal_needs_an_exception_in_law_for_this_kind_and_reasons(self, office: Bureau) -> None:
        case = await self.ready(office, Kind.OBJECTION)
        for refusal in (
            Refuse("17-3-b", "A law keeps it."),  # of erasure
            Refuse("no-such", "Because."),
            Refuse("21-1", "We need it."),  # names no ground
            Refuse("21-1", "We need it.", "6-1-z"),
        ):
            with pytest.raises(GroundMissing):
                await office.step(case, refusal)
        with pytest.raises(ReasonMissing):
            await office.step(case, Refuse("21-1", "", "6-1-f"))
        await office.step(case, Refuse("21-1", "We need it to stop fraud.", "6-1-f"))
        await office.requests.resume()
        answer = office.writer.wrote[-1]
        assert (answer.exception, answer.ground, answer.note) == ("21-1", "6-1-f", "We need it to stop fraud.")

    async def test_whoever_has_shown_who_they_are_is_not_refused_as_somebody_unknown(self, office: Bureau) -> None:
        unknown = Refuse("11-2", "We can't tell who it is.")
        case = await self.ready(office, Kind.ERASURE)
        with pytest.raises(GroundMissing):
            await office.step(case, unknown)
        await office.step(await office.written(Kind.ERASURE), unknown)

    @pytest.mark.parametrize("kind", [Kind.WITHDRAWAL, Kind.COMPLAINT])
    async def test_a_withdrawal_and_a_complaint_are_never_refused(
        self, kind: Kind, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        policy = RequestPolicy(country="DE", automatic=frozenset())
        async with bureau(tmp_path_factory.mktemp("office") / "house", policy=policy) as office:
            case = await office.signed_in(await office.subscriber(), kind)
            for exception in ("12-5", "11-2"):
                with pytest.raises(GroundMissing):
                    await office.step(case, Refuse(exception, "Because."))

    async def test_marked_as_unfounded_waits_for_an_officer_with_reason_and_fee(self, office: Bureau) -> None:
        case = await self.ready(office)
        with pytest.raises(ReasonMissing):
            await office.step(case, MarkAs(Mark.UNFOUNDED, ""))
        await office.step(case, MarkAs(Mark.UNFOUNDED, "The same every day.", fee=1_500))
        view = await office.view(case)
        assert (view.summary.mark, view.fee, view.summary.state) == (Mark.UNFOUNDED, 1_500, State.READY)

    async def test_an_answer_that_is_partly_kept_by_law_says_so(self, office: Bureau) -> None:
        office.does[Stage.CHECK_ERASURE].progress = type(office.does[Stage.CHECK_ERASURE].progress)(
            outcome=Outcome.PARTLY
        )
        case = await self.ready(office, Kind.ERASURE)
        await office.step(case, Grant())
        await office.requests.resume()
        assert office.writer.wrote[-1].outcome is Outcome.PARTLY

    async def test_a_question_stops_the_legal_clock_and_never_the_promised_one(self, office: Bureau) -> None:
        case = await self.ready(office)
        before = (await office.view(case)).clocks
        await office.step(case, AskMeaning("Which of the two names?"))
        office.pass_days(10)
        await office.requests.step_of_person(PROVIDER, (await office.view(case)).subject, case, AnswerQuestion("Both."))
        after = (await office.view(case)).clocks
        assert (after.send_by, after.promised) == (before.send_by, before.promised)
        assert after.legal >= before.legal + dt.timedelta(days=10)

    async def test_an_extension_is_told_inside_the_first_month_once_and_never_moves_the_promise(
        self, office: Bureau
    ) -> None:
        case = await self.ready(office)
        before = (await office.view(case)).clocks
        await office.step(case, Extend("Forty accounts are to be searched."))
        after = (await office.view(case)).clocks
        assert (after.extended, after.send_by) == (True, before.send_by)
        assert after.legal == dt.date(2027, 6, 1)
        assert LetterKind.EXTENDED in await office.letters(case)
        with pytest.raises(ExtensionTooLate):
            await office.step(case, Extend("And more."))

    async def test_after_the_first_month_nothing_is_extended(self, office: Bureau) -> None:
        case = await self.ready(office)
        office.pass_days(40)
        with pytest.raises(ExtensionTooLate):
            await office.step(case, Extend("Forgotten."))

    async def test_a_misread_mail_is_sorted_by_an_officer(self, office: Bureau) -> None:
        case = await office.written()
        await office.step(case, Classify(Kind.ERASURE))
        assert (await office.view(case)).summary.kind is Kind.ERASURE

    async def test_work_is_given_to_somebody_and_a_deputy(self, office: Bureau) -> None:
        case = await self.ready(office)
        await office.step(case, Assign(ANN, BOB))
        (line,) = await office.requests.inbox(PROVIDER, staff=ANN)
        assert (line.assignee, line.deputy) == (ANN, BOB)

    async def test_who_asked_may_take_it_back_and_nobody_else_may(self, office: Bureau) -> None:
        anna, eve = await office.subscriber(), await office.subscriber("eve@sip.example.org")
        case = await office.signed_in(anna, Kind.OBJECTION)
        with pytest.raises(UnknownCase):
            await office.requests.step_of_person(PROVIDER, eve, case, TakeBack())
        await office.requests.step_of_person(PROVIDER, anna, case, TakeBack())
        assert (await office.view(case)).summary.state is State.TAKEN_BACK

    async def test_a_person_grants_themselves_nothing(self, office: Bureau) -> None:
        anna = await office.subscriber()
        case = await office.signed_in(anna, Kind.OBJECTION)
        for step in (Grant(), Second(), Settle("me", anna), Identify(Proof.CALL_BACK, anna)):
            with pytest.raises((StepNotAllowed, ProofInsufficient)):
                await office.requests.step_of_person(PROVIDER, anna, case, step)

    async def test_an_advertisement_is_dismissed_with_a_reason_and_taken_up_again_with_the_clock_running(
        self, office: Bureau
    ) -> None:
        case = await office.written(text="Buy cheap numbers")
        await office.step(case, Dismiss("An advertisement."))
        office.pass_days(5)
        await office.step(case, Reopen("It asks for data at its end."))
        view = await office.view(case)
        assert (view.summary.state, view.summary.days_left) == (State.RECEIVED, 24)

    async def test_what_was_proven_is_never_dismissed(self, office: Bureau) -> None:
        case = await self.ready(office)
        with pytest.raises(StepNotAllowed):
            await office.step(case, Dismiss("A bother."))

    async def test_a_printed_answer_is_sent_when_an_officer_says_that_it_was_posted(self, office: Bureau) -> None:
        anna = await office.subscriber()
        case = await office.written(channel=Channel.LETTER, contact="Hauptstr. 1", staff=ANN, identifier=KNOWN)
        await office.step(case, Identify(Proof.CALL_BACK, anna))
        await office.step(case, Grant())
        await office.requests.resume()
        view = await office.view(case)
        assert (view.summary.state, view.stage, view.letters[-1].delivery) == (
            State.ANSWERING, Stage.SEND, Delivery.POST,
        )  # fmt: skip
        await office.step(case, Posted(), BY_BOB)
        view = await office.view(case)
        assert (view.summary.state, view.history[-1].staff, view.letters[-1].sent) == (State.ANSWERED, BOB, True)


class TestFourEyes:
    async def proposed(self, office: Bureau) -> CaseId:
        anna = await office.subscriber()
        case = await office.written(Kind.ERASURE, identifier=KNOWN)
        await office.step(case, Identify(Proof.CALL_BACK, anna))
        await office.step(case, Grant("She called."))
        return case

    async def test_an_erasure_by_the_staff_needs_a_second_member_never_the_same(self, office: Bureau) -> None:
        case = await self.proposed(office)
        assert (await office.view(case)).summary.state is State.APPROVING
        with pytest.raises(SameMember):
            await office.step(case, Second(), BY_ANN)
        await office.requests.resume()
        assert office.does[Stage.ERASE].works == []
        await office.step(case, Second(), BY_BOB)
        await office.requests.resume()
        assert len(office.does[Stage.ERASE].works) == 1

    async def test_the_second_member_may_send_it_back(self, office: Bureau) -> None:
        case = await self.proposed(office)
        await office.step(case, SendBack("The voice was another's."), BY_BOB)
        view = await office.view(case)
        assert (view.summary.state, view.proposer) == (State.READY, None)

    async def test_a_persons_own_erasure_needs_one_click(self, office: Bureau) -> None:
        case = await office.signed_in(await office.subscriber(), Kind.ERASURE)
        view = await office.view(case)
        assert (view.summary.state, view.second_needed) == (State.READY, False)
        await office.step(case, Grant())
        assert (await office.view(case)).history[-1].event is Event.GRANTED
