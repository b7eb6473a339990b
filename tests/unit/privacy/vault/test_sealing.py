from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.declarations import Keep
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import KeyGone, Place, Sealer, Storage, SubjectGone, Unreadable
from ringfence.privacy.vault import Keyring, Vault
from ringfence.randomness import SeededRandomness
from tests.unit.privacy.vault.conftest import OpenKeyring
from tests.unit.privacy.vault.places import ACME, ALICE, BOB, OTHER, place

_DAY = 86_400.0
_SAME_VAULT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
_places = st.builds(
    Place,
    provider=st.sampled_from([ACME, OTHER]),
    table_number=st.integers(1, 3),
    part=st.sampled_from(["", "caller"]),
    subject=st.sampled_from([ALICE, BOB]),
    row=st.sampled_from([RowId("a"), RowId("b")]),
    keep=st.sampled_from([Keep.WHILE_ENROLLED, Keep.CREDENTIAL]),
    due=st.none(),
    storage=st.just(Storage.IN_USE),
)


def test_the_vault_is_a_sealer(vault: Vault) -> None:
    sealer: Sealer = vault
    sealed = sealer.seal_all([(place(), b"secret"), (place(BOB), b"other")])
    assert sealer.open_all([(place(), sealed[0]), (place(BOB), sealed[1])]) == [b"secret", b"other"]


@_SAME_VAULT
@given(at=_places, plain=st.binary(max_size=200))
def test_what_is_sealed_opens_again_at_its_place(vault: Vault, at: Place, plain: bytes) -> None:
    sealed = vault.seal(at, plain)
    assert len(plain) < 4 or plain not in sealed
    assert vault.open(at, sealed) == plain


@_SAME_VAULT
@given(
    batch=st.lists(st.tuples(_places, st.text(max_size=300), st.binary(max_size=50)), max_size=12),
    again=st.integers(1, 3),
)
def test_whatever_is_sealed_together_each_value_opens_at_its_own_place(
    vault: Vault, batch: list[tuple[Place, str, bytes]], again: int
) -> None:
    values = [(at._replace(row=RowId(f"{row}{number}")), plain) for at, row, plain in batch for number in range(again)]
    for (at, plain), sealed in zip(values, vault.seal_all(values), strict=True):
        assert vault.open(at, sealed) == plain


@pytest.mark.promise("CTP-02")
@_SAME_VAULT
@given(at=_places, elsewhere=_places)
def test_what_is_sealed_opens_nowhere_else(keyring: Keyring, vault: Vault, at: Place, elsewhere: Place) -> None:
    keyring.ensure_keys([at, elsewhere])
    sealed = vault.seal(at, b"secret")
    if at != elsewhere:
        with pytest.raises(Unreadable):
            vault.open(elsewhere, sealed)


@pytest.mark.parametrize(
    "moved",
    [
        place()._replace(provider=OTHER),
        place()._replace(table_number=8),
        place()._replace(part="caller"),
        place()._replace(subject=BOB),
        place()._replace(row=RowId("another")),
    ],
    ids=["provider", "table", "part", "subject", "row"],
)
def test_a_value_copied_elsewhere_does_not_open(keyring: Keyring, vault: Vault, moved: Place) -> None:
    keyring.ensure_keys([moved])
    with pytest.raises(Unreadable) as raised:
        vault.open(moved, vault.seal(place(), b"secret"))
    assert not isinstance(raised.value, KeyGone)


@_SAME_VAULT
@given(flip=st.integers(min_value=0))
def test_one_flipped_bit_is_noticed(vault: Vault, flip: int) -> None:
    sealed = bytearray(vault.seal(place(), b"secret"))
    flip %= len(sealed) * 8
    sealed[flip // 8] ^= 1 << flip % 8
    with pytest.raises(Unreadable):
        vault.open(place(), bytes(sealed))


def test_a_truncated_value_is_noticed(vault: Vault) -> None:
    with pytest.raises(Unreadable):
        vault.open(place(), vault.seal(place(), b"")[:16])


def test_equal_values_look_different(vault: Vault) -> None:
    assert vault.seal(place(), b"secret") != vault.seal(place(), b"secret")


def test_values_open_after_a_restart(open_keyring: OpenKeyring, folder: Path) -> None:
    sealed = Vault(open_keyring(folder), SeededRandomness(1)).seal(place(), b"secret")
    assert Vault(open_keyring(folder), SeededRandomness(2)).open(place(), sealed) == b"secret"


def test_each_retention_class_has_its_own_key(keyring: Keyring, vault: Vault) -> None:
    keyring.ensure_keys([place(), place(keep=Keep.CREDENTIAL), place(keep=Keep.CREDENTIAL)])
    assert len(keyring.traces(ALICE)) == 2


@pytest.mark.promise("CTP-12")
def test_nothing_opens_and_nothing_is_sealed_after_forgetting(keyring: Keyring, vault: Vault) -> None:
    sealed, kept = vault.seal(place(), b"secret"), vault.seal(place(BOB), b"other")
    keyring.forget(ALICE)
    keyring.forget(ALICE)
    with pytest.raises(KeyGone):
        vault.open(place(), sealed)
    with pytest.raises(SubjectGone):
        vault.seal(place(), b"late")
    with pytest.raises(SubjectGone):
        keyring.ensure_keys([place(BOB), place()])
    assert vault.open(place(BOB), kept) == b"other"
    assert not keyring.knows(ALICE)
    assert keyring.subjects() == [BOB]


class TestExpiryPeriods:
    def test_rows_due_in_different_periods_have_different_keys(self, keyring: Keyring, vault: Vault) -> None:
        keyring.ensure_keys([short(due=10.0 * _DAY), short(due=10.9 * _DAY), short(due=11.0 * _DAY), short(due=None)])
        assert len(keyring.traces(ALICE)) == 3

    def test_a_key_goes_when_the_last_row_under_it_is_due(
        self, keyring: Keyring, vault: Vault, clock: ManualClock
    ) -> None:
        day = clock.time() // _DAY
        first, second = short(due=(day + 1) * _DAY), short(due=(day + 2) * _DAY)
        sealed, later = vault.seal(first, b"first"), vault.seal(second, b"second")
        clock.advance((day + 2) * _DAY - clock.time() - 1)
        assert keyring.expire() == 0
        clock.advance(1)
        assert keyring.expire() == 1
        with pytest.raises(KeyGone):
            vault.open(first, sealed)
        assert vault.open(second, later) == b"second"

    def test_opening_does_not_need_to_know_when_a_row_is_due(self, vault: Vault) -> None:
        sealed = vault.seal(short(due=10 * _DAY), b"missed")
        assert vault.open(short(due=20 * _DAY), sealed) == b"missed"


class TestOneClass:
    def test_one_class_of_one_person_goes_and_the_rest_still_opens(self, keyring: Keyring, vault: Vault) -> None:
        evidence = [place(keep=Keep.IDENTITY_EVIDENCE, due=days * _DAY) for days in (3, 90)]
        beside = [place(), place(BOB, Keep.IDENTITY_EVIDENCE, 3 * _DAY)]
        sealed = vault.seal_all([(each, b"secret") for each in (*evidence, *beside)])
        assert keyring.destroy(ALICE, Keep.IDENTITY_EVIDENCE) == 2
        places = (*evidence, *beside)
        assert vault.open_all(list(zip(places, sealed, strict=True))) == [None, None, b"secret", b"secret"]
        assert keyring.destroy(ALICE, Keep.IDENTITY_EVIDENCE) == 0

    def test_what_is_written_of_the_class_later_opens_and_the_former_stays_shut(
        self, keyring: Keyring, vault: Vault
    ) -> None:
        at = place(keep=Keep.IDENTITY_EVIDENCE, due=3 * _DAY)
        before = vault.seal(at, b"before")
        keyring.destroy(ALICE, Keep.IDENTITY_EVIDENCE)
        assert vault.open(at, vault.seal(at, b"after")) == b"after"
        with pytest.raises(Unreadable):
            vault.open(at, before)


class TestMemory:
    def test_only_so_many_people_stay_in_memory(self, keyring: Keyring, vault: Vault) -> None:
        places = [place(SubjectId(f"person-{number}")) for number in range(10)]
        sealed = [vault.seal(at, b"secret") for at in places]
        assert len(keyring._keys._fetched) <= 4
        assert [vault.open(at, value) for at, value in zip(places, sealed, strict=True)] == [b"secret"] * 10

    def test_many_people_are_fetched_at_once(self, keyring: Keyring, vault: Vault) -> None:
        places = [place(SubjectId(f"person-{number}")) for number in range(1_200)]
        keyring.ensure_keys(places)
        sealed = vault.seal_all([(at, b"secret") for at in places])
        assert vault.open_all(list(zip(places, sealed, strict=True))) == [b"secret"] * 1_200
        assert len(keyring.subjects()) == 1_200

    def test_keys_made_elsewhere_are_seen(self, vault: Vault, open_keyring: OpenKeyring, folder: Path) -> None:
        vault.seal(place(), b"secret")
        neighbour = Vault(open_keyring(folder), SeededRandomness(5))
        sealed = neighbour.seal(place(keep=Keep.EVIDENCE), b"agreed")
        assert vault.open(place(keep=Keep.EVIDENCE), sealed) == b"agreed"


def test_a_provider_named_like_another_with_a_suffix_is_another(vault: Vault) -> None:
    sealed = vault.seal(place(), b"secret")
    with pytest.raises(Unreadable):
        vault.open(place()._replace(provider=ProviderId("acm"), part="e"), sealed)


def short(due: float | None) -> Place:
    return place(keep=Keep.SHORT_CALLS, due=due)
