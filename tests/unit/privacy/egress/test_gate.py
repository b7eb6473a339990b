"""The gate: who may receive what, on which day, and why not."""

import dataclasses
import datetime as dt
from collections.abc import Iterable

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Basis, Category, Flow, Flows, Medium, Purpose, Role, Source
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import (
    Adoption,
    BlockReason,
    Concerned,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    RecipientMisdeclared,
    Regime,
    TransferBlocked,
)

TODAY = dt.date(2026, 11, 22)
PUSH = Flow(
    name="test.push", medium=Medium.PUSH, carries=(Category.PUSH_TOKEN,), purpose=Purpose.WAKE_DEVICE,
    source=Source.DEVICE, to=Role.PUSH_SERVICE, says="A push wakes a device.", among=Flows(),
)  # fmt: skip
DPF = Adoption("eu-us-dpf", since=dt.date(2024, 1, 1), document="dataprivacyframework.gov")
SCC = Adoption("scc-2021-c2p", since=dt.date(2023, 5, 1), document="contract 7, annex 2")
TABLE = MechanismTable.load()


def recipient(
    *,
    country: str = "US",
    exporter: Regime = Regime.EU,
    mechanisms: tuple[Adoption, ...] = (DPF, SCC),
    flows: Iterable[str] = (PUSH.name,),
) -> Recipient:
    return Recipient(
        id=RecipientId("push"), name="Push Inc.", role=LegalRole.PROCESSOR, country=country, exporter=exporter,
        flows=frozenset(flows), contract="contract 7", mechanisms=mechanisms, origins=("https://push.example",),
    )  # fmt: skip


def gate(one: Recipient, *, places: set[str] | None = None) -> Gate:
    return Gate([one], TABLE, ManualClock(), places=places)


def reason(one: Recipient, day: dt.date, *, places: set[str] | None = None) -> BlockReason:
    with pytest.raises(TransferBlocked) as blocked:
        gate(one, places=places).permit(PUSH, one.id, day)
    return blocked.value.reason


@pytest.mark.promise("ZOI-21")
def test_nothing_goes_abroad_before_people_were_told_of_whoever_receives_it() -> None:
    abroad, at_home = recipient(), recipient(country="FR", mechanisms=())
    known: set[str] = set()
    for one in (abroad, at_home):
        asked = gate(one)
        asked.tell_first(lambda each: each.name in known)
        if one is at_home:
            asked.permit(PUSH, one.id, TODAY)
            continue
        with pytest.raises(TransferBlocked) as blocked:
            asked.permit(PUSH, one.id, TODAY)
        assert blocked.value.reason is BlockReason.PEOPLE_NOT_TOLD
        known.add(one.name)
        asked.permit(PUSH, one.id, TODAY)
        known.clear()


@pytest.mark.promise("CTP-05")
def test_the_first_mechanism_that_holds_is_used() -> None:
    permit = gate(recipient()).permit(PUSH, RecipientId("push"), TODAY)
    assert permit.mechanism is not None
    assert permit.mechanism.id == "eu-us-dpf"


def test_the_next_mechanism_is_used_when_the_first_does_not_hold_yet() -> None:
    permit = gate(recipient()).permit(PUSH, RecipientId("push"), dt.date(2023, 6, 1))
    assert permit.mechanism is not None
    assert permit.mechanism.id == "scc-2021-c2p"


@pytest.mark.promise("IPS-07")
@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (dt.date(2016, 7, 31), False),
        (dt.date(2016, 8, 1), True),
        (dt.date(2020, 7, 15), True),
        (dt.date(2020, 7, 16), False),
    ],
)
def test_privacy_shield_held_between_its_days_and_not_one_more(day: dt.date, allowed: bool) -> None:
    shield = recipient(mechanisms=(Adoption("eu-us-privacy-shield", since=dt.date(2016, 8, 1)),))
    if allowed:
        gate(shield).permit(PUSH, shield.id, day)
    else:
        assert reason(shield, day) is BlockReason.NO_MECHANISM


def test_old_clauses_signed_too_late_never_hold() -> None:
    late = recipient(mechanisms=(Adoption("scc-2010", since=dt.date(2021, 9, 27)),))
    assert reason(late, dt.date(2022, 1, 1)) is BlockReason.NO_MECHANISM
    early = recipient(mechanisms=(Adoption("scc-2010", since=dt.date(2021, 9, 26)),))
    gate(early).permit(PUSH, early.id, dt.date(2022, 12, 26))
    assert reason(early, dt.date(2022, 12, 27)) is BlockReason.NO_MECHANISM


def test_a_framework_holds_only_for_a_recipient_that_is_certified() -> None:
    assert reason(recipient(mechanisms=(Adoption("eu-us-dpf"),)), TODAY) is BlockReason.NO_MECHANISM


def test_inside_its_own_territory_an_exporter_needs_no_mechanism() -> None:
    inside = recipient(country="IS", mechanisms=())
    assert gate(inside).permit(PUSH, inside.id, TODAY).mechanism is None


def test_an_adequate_country_needs_nothing_of_the_recipient() -> None:
    swiss = recipient(country="CH", mechanisms=(Adoption("eu-adequacy-ch"),))
    gate(swiss).permit(PUSH, swiss.id, TODAY)


def test_a_mechanism_of_another_regime_is_refused_at_start() -> None:
    with pytest.raises(RecipientMisdeclared):
        gate(recipient(mechanisms=(Adoption("uk-idta", since=TODAY),)))


def test_an_unknown_mechanism_is_refused_at_start() -> None:
    with pytest.raises(RecipientMisdeclared):
        gate(recipient(mechanisms=(Adoption("handshake"),)))


@pytest.mark.promise("ZOI-10")
def test_a_country_outside_the_allowed_places_is_refused_though_the_law_would_allow_it() -> None:
    assert reason(recipient(), TODAY, places={"DE", "FR"}) is BlockReason.PLACE_NOT_ALLOWED


def test_an_undeclared_recipient_or_flow_is_refused() -> None:
    assert reason(recipient(flows=("mail",)), TODAY) is BlockReason.FLOW_NOT_DECLARED
    with pytest.raises(TransferBlocked) as blocked:
        gate(recipient()).permit(PUSH, RecipientId("stranger"), TODAY)
    assert blocked.value.reason is BlockReason.RECIPIENT_UNKNOWN
    with pytest.raises(TransferBlocked):
        gate(recipient()).client(RecipientId("stranger"))


def test_a_flow_on_consent_needs_this_persons_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Purpose.WAKE_DEVICE, "basis", Basis.CONSENT)
    judge = gate(recipient())
    with pytest.raises(TransferBlocked) as blocked:
        judge.permit(PUSH, RecipientId("push"), TODAY)
    assert blocked.value.reason is BlockReason.CONSENT_MISSING
    judge.permit(PUSH, RecipientId("push"), TODAY, consents={Purpose.WAKE_DEVICE.value})


def test_a_block_is_counted_by_recipient_flow_and_reason() -> None:
    judge = gate(recipient(mechanisms=()))
    for _ in range(2):
        with pytest.raises(TransferBlocked):
            judge.permit(PUSH, RecipientId("push"), TODAY)
    assert judge.blocked == {("push", "test.push", "no_mechanism"): 2}


def test_a_block_is_announced_before_it_starts() -> None:
    ending = recipient(mechanisms=(Adoption("eu-us-dpf", since=dt.date(2024, 1, 1), until=dt.date(2027, 1, 31)),))
    (coming,) = gate(ending).upcoming(TODAY)
    assert (coming.day, coming.reason, coming.last_mechanism) == (
        dt.date(2027, 1, 31), BlockReason.NO_MECHANISM, "eu-us-dpf",
    )  # fmt: skip
    assert gate(ending).upcoming(TODAY, within_days=30) == []


def test_no_block_is_announced_while_another_mechanism_takes_over() -> None:
    first = Adoption("eu-us-dpf", since=dt.date(2024, 1, 1), until=dt.date(2027, 1, 31))
    assert gate(recipient(mechanisms=(first, SCC))).upcoming(TODAY) == []


def test_a_block_that_is_there_already_is_announced_with_today() -> None:
    (coming,) = gate(recipient(mechanisms=())).upcoming(TODAY)
    assert (coming.day, coming.last_mechanism) == (TODAY, None)


def test_the_sunset_of_an_adequacy_decision_is_announced_a_year_ahead() -> None:
    british = recipient(country="GB", mechanisms=(Adoption("eu-adequacy-gb"),))
    assert gate(british).upcoming(dt.date(2030, 12, 26)) == []
    (coming,) = gate(british).upcoming(dt.date(2030, 12, 27))
    assert coming.day == dt.date(2031, 12, 27)


@pytest.mark.parametrize(
    "changes",
    [
        {"origins": ("http://push.example",)},
        {"origins": ("http://127.0.0.1.push.example",)},
        {"contract": ""},
        {"user_given": True},
    ],
)
def test_a_misdeclared_recipient_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RecipientMisdeclared):
        dataclasses.replace(recipient(), **changes)  # type: ignore[arg-type]  # the parameters are fields


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://push.example/v1/send", True),
        ("https://push.example", True),
        ("https://push.example.evil.example/v1", False),
        ("https://push.example@evil.example/", False),
        ("http://push.example/v1", False),
    ],
)
def test_a_recipient_owns_its_origins_and_nothing_that_looks_like_them(url: str, owned: bool) -> None:
    assert recipient().owns(url) is owned


def test_without_a_disclosure_log_nothing_is_noted_and_recipients_can_be_listed() -> None:
    judge = gate(recipient())
    judge.passed(PUSH, recipient(), Concerned(ProviderId("example"), SubjectId("s" * 26)))
    assert judge.recipients == (recipient(),)


def test_a_table_of_ones_own_can_be_read() -> None:
    table = MechanismTable.load('mechanism = []\n[home]\nEU = ["DE"]\nUK = []\nCH = []\n')
    assert table.at_home(Regime.EU, "DE")
    assert not table.at_home(Regime.EU, "FR")
