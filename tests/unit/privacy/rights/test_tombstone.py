"""The tombstone file: on disk before it is believed, chained, signed, and never silently older than it was."""

import datetime as dt
import json
from pathlib import Path

import pytest

from ringfence.identifiers import RowId, SubjectId
from ringfence.privacy.ledger import Signer
from ringfence.privacy.rights.tombstone import TombstoneDamaged, TombstoneFile, TombstonesTooOld, commitment
from ringfence.randomness import SeededRandomness

DAY = dt.date(2027, 1, 15)
ANNA, BORIS = SubjectId("a" * 26), SubjectId("b" * 26)
ERASURE = RowId("e" * 26)


def opened(folder: Path, secret: bytes = b"s" * 32) -> TombstoneFile:
    signer = Signer(secret)
    return TombstoneFile.open(
        folder / "tombstones", anchor=folder / "keys.anchor", signer=signer, randomness=SeededRandomness(1)
    )


def test_a_tombstone_is_found_after_opening_again(tmp_path: Path) -> None:
    stone = opened(tmp_path).append(ANNA, ERASURE, DAY)
    again = opened(tmp_path)
    assert again.of(ANNA) == stone
    assert again.of(BORIS) is None
    assert (again.count, again.head) == (1, stone.digest)


def test_the_file_does_not_name_the_person(tmp_path: Path) -> None:
    opened(tmp_path).append(ANNA, ERASURE, DAY)
    content = (tmp_path / "tombstones").read_text()
    assert ANNA not in content
    assert commitment(ANNA) in content


def test_a_second_append_changes_nothing(tmp_path: Path) -> None:
    stones = opened(tmp_path)
    first = stones.append(ANNA, ERASURE, DAY)
    size = (tmp_path / "tombstones").stat().st_size
    assert stones.append(ANNA, RowId("f" * 26), DAY) == first
    assert (tmp_path / "tombstones").stat().st_size == size


def test_half_a_line_left_by_a_crash_is_cut_off(tmp_path: Path) -> None:
    opened(tmp_path).append(ANNA, ERASURE, DAY)
    path = tmp_path / "tombstones"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n":2,"prev":"')
    stones = opened(tmp_path)
    assert stones.count == 1
    assert path.read_bytes() == whole
    assert stones.append(BORIS, ERASURE, DAY).number == 2
    assert opened(tmp_path).count == 2


def test_half_a_header_left_by_a_crash_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "tombstones").write_bytes(b'{"id":"ab')
    assert opened(tmp_path).count == 0
    assert opened(tmp_path).count == 0


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    stones = opened(tmp_path)
    stones.append(ANNA, ERASURE, DAY)
    stones.append(BORIS, ERASURE, DAY)
    path = tmp_path / "tombstones"
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        with pytest.raises((TombstoneDamaged, TombstonesTooOld)):
            opened(tmp_path)
        path.write_bytes(whole)


@pytest.mark.promise("CTP-12")
def test_an_older_copy_of_the_file_is_refused(tmp_path: Path) -> None:
    stones = opened(tmp_path)
    stones.append(ANNA, ERASURE, DAY)
    older = (tmp_path / "tombstones").read_bytes()
    stones.append(BORIS, ERASURE, DAY)
    (tmp_path / "tombstones").write_bytes(older)
    with pytest.raises(TombstonesTooOld) as refused:
        opened(tmp_path)
    assert refused.value.facts["remedy"] == "put_back_newest_tombstones"


def test_a_lost_file_is_refused_and_not_begun_anew(tmp_path: Path) -> None:
    opened(tmp_path).append(ANNA, ERASURE, DAY)
    (tmp_path / "tombstones").unlink()
    with pytest.raises(TombstonesTooOld):
        opened(tmp_path)


def test_a_crash_before_the_anchor_was_moved_is_healed(tmp_path: Path) -> None:
    stones = opened(tmp_path)
    anchor = (tmp_path / "keys.anchor").read_bytes()
    stones.append(ANNA, ERASURE, DAY)
    (tmp_path / "keys.anchor").write_bytes(anchor)
    assert opened(tmp_path).count == 1
    assert (tmp_path / "keys.anchor").read_text().startswith("1 ")


def test_a_line_signed_by_a_stranger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    opened(tmp_path).append(ANNA, ERASURE, DAY)
    strange = opened(tmp_path / "other", b"t" * 32)
    strange.append(ANNA, ERASURE, DAY)
    (tmp_path / "tombstones").write_bytes((tmp_path / "other" / "tombstones").read_bytes())
    with pytest.raises(TombstoneDamaged):
        opened(tmp_path)


@pytest.mark.parametrize("content", [b"[]\n", b'{"tombstones":1}\n', b"\xff\n"])
def test_a_file_that_is_no_tombstone_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tombstones").write_bytes(content)
    with pytest.raises(TombstoneDamaged):
        opened(tmp_path)


def test_an_unreadable_anchor_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.anchor").write_text("many")
    with pytest.raises(TombstoneDamaged):
        opened(tmp_path)


def test_a_line_out_of_place_is_refused(tmp_path: Path) -> None:
    stones = opened(tmp_path)
    stones.append(ANNA, ERASURE, DAY)
    stones.append(BORIS, ERASURE, DAY)
    path = tmp_path / "tombstones"
    lines = path.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[1])["n"] == 1
    path.write_bytes(lines[0] + lines[2] + lines[1])
    with pytest.raises(TombstoneDamaged):
        opened(tmp_path)


def test_two_that_have_the_file_open_append_in_turn(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    first.append(ANNA, ERASURE, DAY)
    assert second.append(BORIS, ERASURE, DAY).number == 2
    assert second.append(ANNA, ERASURE, DAY).number == 1
    assert opened(tmp_path).count == 2


def test_half_a_line_of_another_that_was_killed_is_cut_off_at_the_next_append(tmp_path: Path) -> None:
    stones = opened(tmp_path)
    with (tmp_path / "tombstones").open("ab") as file:
        file.write(b'{"n":1,"prev":"')
    assert stones.append(ANNA, ERASURE, DAY).number == 1
    assert opened(tmp_path).count == 1
