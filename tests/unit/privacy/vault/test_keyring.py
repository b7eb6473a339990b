import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.declarations import IdentifierKind, Keep
from ringfence.identifiers import LedgerRef
from ringfence.persistence import SubjectGone
from ringfence.privacy.vault import (
    IdentifierTaken,
    KeyFileDamaged,
    KeyFileExposed,
    KeyFileMissing,
    Keyring,
    KeyringDamaged,
    LifetimeTooLong,
    NewerKeyring,
    Vault,
)
from ringfence.privacy.vault.identifier import normalise
from ringfence.randomness import SeededRandomness
from tests.unit.privacy.vault.conftest import OpenKeyring
from tests.unit.privacy.vault.places import ACME, ALICE, BOB, OTHER, place

_SIP = IdentifierKind.SIP_ADDRESS
_TOKEN = IdentifierKind.PUSH_TOKEN


class TestIdentifiers:
    def test_an_identifier_leads_to_its_subject_at_its_provider_only(self, keyring: Keyring) -> None:
        keyring.bind(ACME, _SIP, "alice@example.org", ALICE)
        assert keyring.find(ACME, _SIP, "sip:alice@EXAMPLE.org") == ALICE
        assert keyring.find(OTHER, _SIP, "alice@example.org") is None
        assert keyring.find(ACME, IdentifierKind.MAIL, "alice@example.org") is None

    def test_binding_twice_is_as_once_and_never_to_somebody_else(self, keyring: Keyring) -> None:
        keyring.bind(ACME, _SIP, "alice@example.org", ALICE)
        keyring.bind(ACME, _SIP, "alice@example.org", ALICE)
        with pytest.raises(IdentifierTaken) as raised:
            keyring.bind(ACME, _SIP, "alice@example.org", BOB)
        assert "alice" not in str(raised.value)

    def test_a_replaced_token_leads_nowhere(self, keyring: Keyring) -> None:
        keyring.bind(ACME, _TOKEN, "old", ALICE)
        assert keyring.unbind(ACME, _TOKEN, "old")
        assert not keyring.unbind(ACME, _TOKEN, "old")
        assert keyring.find(ACME, _TOKEN, "old") is None

    def test_a_number_that_was_given_back_can_lead_to_its_next_owner(self, keyring: Keyring) -> None:
        keyring.bind(ACME, _SIP, "100@example.org", ALICE)
        keyring.forget(ALICE)
        assert keyring.find(ACME, _SIP, "100@example.org") is None
        with pytest.raises(SubjectGone):
            keyring.bind(ACME, _SIP, "100@example.org", ALICE)
        keyring.bind(ACME, _SIP, "100@example.org", BOB)
        assert keyring.find(ACME, _SIP, "100@example.org") == BOB

    @pytest.mark.parametrize(
        ("kind", "spelled", "known_as"),
        [
            (_SIP, "sips:Alice@Example.ORG", "Alice@example.org"),
            (_SIP, "example.org", "example.org"),
            (IdentifierKind.MAIL, " Alice@Example.ORG ", "alice@example.org"),
            (IdentifierKind.PHONE_NUMBER, "+49 (30) 123-45", "+493012345"),
            (_TOKEN, "AbC:d", "AbC:d"),
        ],
    )
    def test_an_identifier_has_one_spelling(self, kind: IdentifierKind, spelled: str, known_as: str) -> None:
        assert normalise(kind, spelled) == known_as

    @given(kind=st.sampled_from(IdentifierKind), value=st.text(max_size=30))
    def test_spelling_it_again_changes_nothing(self, kind: IdentifierKind, value: str) -> None:
        once = normalise(kind, value)
        assert normalise(kind, once) == once

    def test_nothing_in_the_file_shows_an_identifier(self, keyring: Keyring, folder: Path) -> None:
        keyring.bind(ACME, _SIP, "alice@example.org", ALICE)
        keyring.scrub()
        assert b"example" not in (folder / "keyring.db").read_bytes()


class TestLedgerReferences:
    def test_a_reference_leads_back_until_the_person_goes(self, keyring: Keyring) -> None:
        ref = keyring.ledger_ref(ALICE)
        assert keyring.ledger_ref(ALICE) == ref
        assert keyring.resolve(ref) == ALICE
        keyring.forget(ALICE)
        assert keyring.resolve(ref) is None
        with pytest.raises(SubjectGone):
            keyring.ledger_ref(ALICE)

    @pytest.mark.parametrize("nonsense", ["", "a", "aa", "ä" * 26, "a" * 40, "?" * 26])
    def test_nonsense_leads_nowhere(self, keyring: Keyring, nonsense: str) -> None:
        assert keyring.resolve(LedgerRef(nonsense)) is None


class TestForgetting:
    @pytest.mark.promise("ACR-05")
    def test_no_byte_of_the_person_stays_in_any_file(self, keyring: Keyring, vault: Vault, folder: Path) -> None:
        keyring.ensure_keys([place(), place(keep=Keep.CREDENTIAL)])
        keyring.bind(ACME, _SIP, "alice@example.org", ALICE)
        keyring.ledger_ref(ALICE)
        needles = [*keyring.traces(ALICE), ALICE.encode()]
        assert len(needles) == 5
        assert all(any(needle in read for read in files(folder)) for needle in needles)  # the positive control
        keyring.forget(ALICE)
        assert not any(needle in read for needle in needles for read in files(folder))
        assert keyring.traces(ALICE) == []

    def test_a_reader_in_the_way_only_delays_the_scrubbing(self, keyring: Keyring, vault: Vault, folder: Path) -> None:
        keyring.ensure_keys([place(), place(BOB)])
        (wrapped,) = keyring.traces(ALICE)
        with closing(sqlite3.connect(folder / "keyring.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM data_key").fetchone()
            keyring.forget(ALICE)
            assert not keyring.knows(ALICE)
            assert not keyring.scrub()
        assert keyring.scrub()
        assert not any(wrapped in read for read in files(folder))

    def test_a_failed_transaction_changes_nothing(self, keyring: Keyring, vault: Vault) -> None:
        keyring.ensure_keys([place()])
        with pytest.raises(ZeroDivisionError), keyring._store.transaction() as connection:  # noqa: PT012 - one transaction
            connection.execute("DELETE FROM data_key")
            raise ZeroDivisionError
        assert keyring.knows(ALICE)

    def test_what_is_deleted_is_overwritten(self, keyring: Keyring) -> None:
        assert keyring.secure_delete


class TestExport:
    @pytest.mark.promise("ACR-08")
    def test_a_backup_holds_neither_credentials_nor_push_tokens(
        self, keyring: Keyring, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        classes = list(Keep)
        keyring.ensure_keys([place(keep=keep, due=9e9) for keep in classes])
        keyring.bind(ACME, _SIP, "alice@example.org", ALICE)
        keyring.bind(ACME, _TOKEN, "token", ALICE)
        keyring.export(tmp_path / "backup.db")
        assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
        with closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
            keeps = {keep for (keep,) in backup.execute("SELECT keep FROM data_key")}
            kinds = {kind for (kind,) in backup.execute("SELECT kind FROM identifier")}
        assert keeps == {keep.name for keep in classes if keep.backed_up}
        assert "CREDENTIAL" not in keeps
        assert kinds == {"sip_address"}

    def test_a_backup_opens_as_a_keyring(
        self, keyring: Keyring, vault: Vault, open_keyring: OpenKeyring, folder: Path, tmp_path: Path
    ) -> None:
        sealed = vault.seal(place(), b"secret")
        restored = tmp_path / "restored"
        restored.mkdir()
        keyring.export(restored / "keyring.db")
        (folder / "keys.json").rename(restored / "keys.json")
        assert Vault(open_keyring(restored), SeededRandomness(1)).open(place(), sealed) == b"secret"

    def test_a_backup_is_never_written_over_a_file(self, keyring: Keyring, tmp_path: Path) -> None:
        (tmp_path / "backup.db").touch()
        with pytest.raises(FileExistsError):
            keyring.export(tmp_path / "backup.db")


class TestOpening:
    def test_both_files_are_their_owners_alone(self, keyring: Keyring, folder: Path) -> None:
        for name in ("keyring.db", "keys.json"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
    def test_a_key_file_that_others_may_touch_is_refused(
        self, keyring: Keyring, open_keyring: OpenKeyring, folder: Path, mode: int
    ) -> None:
        (folder / "keys.json").chmod(mode)
        with pytest.raises(KeyFileExposed, match=f"mode={mode:o}"):
            open_keyring(folder)

    def test_a_keyring_without_its_key_file_is_refused(
        self, keyring: Keyring, vault: Vault, open_keyring: OpenKeyring, folder: Path
    ) -> None:
        keyring.ensure_keys([place()])
        (folder / "keys.json").unlink()
        with pytest.raises(KeyFileMissing):
            open_keyring(folder)

    @pytest.mark.parametrize(
        "content", [b"", b"{}", b'{"version":2,"root":"","epochs":[]}', b'{"version":1,"root":"","epochs":[]}']
    )
    def test_a_damaged_key_file_is_refused(
        self, keyring: Keyring, open_keyring: OpenKeyring, folder: Path, content: bytes
    ) -> None:
        (folder / "keys.json").write_bytes(content)
        with pytest.raises(KeyFileDamaged):
            open_keyring(folder)

    def test_a_file_that_is_no_keyring_is_refused(
        self, keyring: Keyring, open_keyring: OpenKeyring, folder: Path
    ) -> None:
        keyring.close()
        for file in folder.glob("keyring.db*"):
            file.write_bytes(b"neither a database nor empty " * 200)
        with pytest.raises(KeyringDamaged, match="SQLITE_NOTADB"):
            open_keyring(folder)

    def test_a_keyring_of_a_newer_release_is_refused(
        self, keyring: Keyring, open_keyring: OpenKeyring, folder: Path
    ) -> None:
        keyring._store.connection.execute("PRAGMA user_version = 3")
        with pytest.raises(NewerKeyring, match="version=3"):
            open_keyring(folder)

    @pytest.mark.promise("ACR-05")
    @pytest.mark.parametrize("seconds", [0.0, 7 * 86_400.0])
    def test_backups_may_not_outlive_the_promise(self, tmp_path: Path, clock: ManualClock, seconds: float) -> None:
        with pytest.raises(LifetimeTooLong):
            Keyring.open(
                tmp_path / "keyring.db",
                key_file=tmp_path / "keys.json",
                clock=clock,
                randomness=SeededRandomness(),
                backup_lifetime=seconds,
            )

    def test_derived_secrets_differ_by_purpose_and_survive_a_restart(
        self, keyring: Keyring, open_keyring: OpenKeyring, folder: Path
    ) -> None:
        again = open_keyring(folder)
        assert keyring.derive("nonces") == again.derive("nonces") != again.derive("tokens")
        assert len(again.derive("nonces")) == 32

    def test_a_rewritten_key_file_leaves_no_old_content(
        self, keyring: Keyring, clock: ManualClock, folder: Path
    ) -> None:
        os.link(folder / "keys.json", folder / "held")  # a second name keeps the old blocks in sight
        clock.advance(86_400)
        keyring.rotate()
        assert set((folder / "held").read_bytes()) == {0}

    def test_an_unknown_epoch_has_no_key(self, keyring: Keyring, vault: Vault) -> None:
        keyring.ledger_ref(ALICE)
        keyring._store.connection.execute("UPDATE identifier SET epoch = 99")
        assert keyring.dead_epochs() == {99}


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir() if path.is_file()]
