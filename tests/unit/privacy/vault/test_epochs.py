"""Old copies of the keyring die; kills at any moment lose nothing."""

import os
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import IdentifierKind, Keep
from ringfence.identifiers import SubjectId
from ringfence.persistence import KeyGone, Unreadable
from ringfence.privacy.vault import Keyring, Vault
from ringfence.privacy.vault.keyfile import KeyFile
from ringfence.randomness import SeededRandomness
from tests.unit.privacy.vault.conftest import OpenKeyring
from tests.unit.privacy.vault.places import ACME, ALICE, BOB, place

_DAY = 86_400.0
_MAIL = IdentifierKind.MAIL


@pytest.mark.promise("CTP-12")
def test_an_older_copy_of_the_keyring_opens_nothing_once_its_epoch_is_gone(
    keyring: Keyring, vault: Vault, open_keyring: OpenKeyring, clock: ManualClock, folder: Path, tmp_path: Path
) -> None:
    sealed = vault.seal(place(), b"secret")
    keyring.bind(ACME, _MAIL, "alice@example.org", ALICE)
    ref = keyring.ledger_ref(ALICE)
    copied = copy_of(keyring, folder, tmp_path / "copied")
    keyring.forget(ALICE)

    revived = put_back(copied, folder, open_keyring)
    assert revived.find(ACME, _MAIL, "alice@example.org") == ALICE  # the control: the copy is a good one
    assert Vault(revived, SeededRandomness(1)).open(place(), sealed) == b"secret"

    for _ in range(3):
        clock.advance(_DAY)
        keyring.rotate()
    revived = put_back(copied, folder, open_keyring)
    assert revived.dead_epochs() == {1}
    assert revived.find(ACME, _MAIL, "alice@example.org") is None
    assert revived.resolve(ref) is None
    assert revived.ledger_ref(ALICE) != ref
    with pytest.raises(KeyGone):
        Vault(revived, SeededRandomness(1)).open(place(), sealed)


def test_everything_alive_moves_to_the_new_epoch(keyring: Keyring, vault: Vault, clock: ManualClock) -> None:
    sealed = vault.seal(place(), b"secret")
    keyring.bind(ACME, _MAIL, "alice@example.org", ALICE)
    ref = keyring.ledger_ref(ALICE)
    before = set(keyring.traces(ALICE))
    for _ in range(5):
        clock.advance(_DAY)
        keyring.rotate()
    assert before.isdisjoint(keyring.traces(ALICE))
    assert keyring.find(ACME, _MAIL, "alice@example.org") == ALICE
    assert keyring.ledger_ref(ALICE) == ref
    assert keyring.resolve(ref) == ALICE
    assert vault.open(place(), sealed) == b"secret"
    assert keyring.dead_epochs() == set()


def test_an_epoch_key_lives_as_long_as_a_backup_may(keyring: Keyring, clock: ManualClock) -> None:
    made = clock.time()
    for day in range(1, 7):
        clock.advance(_DAY)
        keyring.rotate()
        ages = [(epoch.made - made) / _DAY for epoch in keyring.epochs]
        assert ages == [float(age) for age in range(max(0, day - 2), day + 1)]


def test_within_a_day_no_epoch_begins(keyring: Keyring, clock: ManualClock) -> None:
    clock.advance(_DAY - 1)
    keyring.rotate()
    assert [epoch.number for epoch in keyring.epochs] == [1]


def test_a_machine_that_was_off_for_long_loses_nothing(keyring: Keyring, vault: Vault, clock: ManualClock) -> None:
    sealed = vault.seal(place(), b"secret")
    clock.advance(30 * _DAY)
    keyring.rotate()
    assert [epoch.number for epoch in keyring.epochs] == [2]
    assert vault.open(place(), sealed) == b"secret"


@pytest.mark.parametrize("steps", range(1, 7))
def test_a_rotation_that_was_killed_goes_on(
    keyring: Keyring, vault: Vault, open_keyring: OpenKeyring, clock: ManualClock, folder: Path, steps: int
) -> None:
    people = [SubjectId(f"person-{number}") for number in range(2_500)]
    keyring.ensure_keys([place(person) for person in people])
    for person in people[:1_500]:
        keyring._directory._insert(person.encode().rjust(16)[:16], _MAIL, person)  # cheaper than 1,500 commits
    sealed = {person: vault.seal(place(person), b"secret") for person in people[::100]}
    clock.advance(4 * _DAY)
    assert len(list(islice(keyring.rotation(), steps))) == steps
    keyring.close()

    again = open_keyring(folder)
    assert again.dead_epochs() == set()
    later = Vault(again, SeededRandomness(1))
    assert all(later.open(place(person), value) == b"secret" for person, value in sealed.items())
    again.rotate()
    assert [epoch.number for epoch in again.epochs] == [2]
    assert again._store.epochs_in_use() == {2}
    assert all(later.open(place(person), value) == b"secret" for person, value in sealed.items())
    assert again._directory._holder(people[7].encode().rjust(16)[:16]) == people[7]


class _KillError(BaseException):
    pass


@pytest.mark.parametrize(
    "stop_before",
    ["begin_epoch", "destroy"],
    ids=["before the new key is written", "before the old key is destroyed"],
)
def test_a_kill_around_a_key_file_rewrite_loses_nothing(
    keyring: Keyring,
    vault: Vault,
    open_keyring: OpenKeyring,
    clock: ManualClock,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    stop_before: str,
) -> None:
    sealed = vault.seal(place(), b"secret")
    clock.advance(4 * _DAY)
    with monkeypatch.context() as patched:
        patched.setattr(KeyFile, stop_before, _kill)
        with pytest.raises(_KillError):
            keyring.rotate()
    keyring.close()
    again = open_keyring(folder)
    assert Vault(again, SeededRandomness(1)).open(place(), sealed) == b"secret"
    again.rotate()
    assert [epoch.number for epoch in again.epochs] == [2]
    assert Vault(again, SeededRandomness(1)).open(place(), sealed) == b"secret"


@pytest.mark.parametrize(("owner", "call"), [(Path, "replace"), (os, "fsync")])
def test_a_kill_inside_a_key_file_rewrite_leaves_one_good_file(
    keyring: Keyring,
    vault: Vault,
    open_keyring: OpenKeyring,
    clock: ManualClock,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    call: str,
) -> None:
    sealed = vault.seal(place(), b"secret")
    clock.advance(_DAY)
    with monkeypatch.context() as patched:
        patched.setattr(owner, call, _kill)
        with pytest.raises(_KillError):
            keyring.rotate()
    keyring.close()
    assert (folder / "keys.json.new").exists()
    again = open_keyring(folder)
    assert not (folder / "keys.json.new").exists()
    assert [epoch.number for epoch in again.epochs] == [1]
    assert Vault(again, SeededRandomness(1)).open(place(), sealed) == b"secret"


def test_a_wrapped_key_given_to_somebody_else_does_not_unwrap(keyring: Keyring, vault: Vault) -> None:
    keyring.ensure_keys([place(), place(BOB)])
    keyring._store.connection.execute(
        "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE subject = ?) WHERE subject = ?", (ALICE, BOB)
    )
    keyring._keys.drop_all()
    with pytest.raises(Unreadable):
        keyring.keys([(BOB, Keep.WHILE_ENROLLED.code, 0)])


def test_rows_of_a_destroyed_epoch_are_left_alone(
    keyring: Keyring, vault: Vault, open_keyring: OpenKeyring, clock: ManualClock, folder: Path, tmp_path: Path
) -> None:
    vault.seal(place(), b"secret")
    copied = copy_of(keyring, folder, tmp_path / "copied")
    keyring.forget(ALICE)
    for _ in range(3):
        clock.advance(_DAY)
        keyring.rotate()
    revived = put_back(copied, folder, open_keyring)
    clock.advance(_DAY)
    revived.rotate()
    assert revived.dead_epochs() == {1}
    revived.forget(ALICE)
    assert revived.dead_epochs() == set()


def copy_of(keyring: Keyring, folder: Path, target: Path) -> Path:
    """A copy of the keyring's database alone, as a snapshot of the disk would hold it."""
    assert keyring.scrub()
    target.mkdir()
    shutil.copy(folder / "keyring.db", target)
    return target


def put_back(copied: Path, folder: Path, open_keyring: Callable[[Path], Keyring]) -> Keyring:
    """Open a copy beside today's key file."""
    again = copied.with_name(f"{copied.name}-again-{len(list(copied.parent.iterdir()))}")
    shutil.copytree(copied, again)
    shutil.copy(folder / "keys.json", again)
    return open_keyring(again)


def _kill(*arguments: object) -> None:
    raise _KillError
