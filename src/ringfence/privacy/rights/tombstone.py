r"""Tombstones: who must never come back, in a file outside both databases.

    {"tombstones":1,"id":"…"}\n                       the file's own name
    {"n":1,"prev":"…","who":"…","erasure":"…","day":"…","key":"…","sig":"…"}\n    one line per person, for ever

`who` is a commitment (SHA-256 of the random subject id): a restored database can be searched for it, but the file
itself names nobody. Lines are chained and signed; an append is on disk (fsync) before it returns, and then noted in an
anchor file beside the key file, so that an older copy of the tombstones is recognised. A line that a crash left half
written was never acknowledged, and is cut off when the file is opened. `keeps`, where it is there, names the classes of
keys that the law wants kept, and until which day.
"""

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, final

from ringfence.errors import OperatorFault, OurFault
from ringfence.identifiers import RowId, SubjectId, new_id
from ringfence.privacy.disk import replace_synced, sync_folder, write_synced
from ringfence.privacy.ledger import Signer
from ringfence.privacy.statement import canonical
from ringfence.privacy.vault import KeptClass
from ringfence.randomness import Randomness

__all__ = ["Tombstone", "TombstoneDamaged", "TombstoneFile", "TombstonesTooOld", "commitment"]

_DOMAIN: Final = b"ringfence tombstone 1\x00"


class TombstoneDamaged(OurFault):
    """A line does not fit the one before it, or its signature; the facts give its number."""

    code = "tombstone_damaged"


class TombstonesTooOld(OperatorFault):
    """The file lacks tombstones that are known to exist. Remedy: put the newest tombstone file back before starting."""

    code = "tombstones_too_old"


def commitment(subject: SubjectId) -> str:
    """How a tombstone names a person: 64 hex digits, from which the random id can't be found."""
    return hashlib.sha256(_DOMAIN + subject.encode()).hexdigest()


@final
@dataclass(frozen=True, slots=True)
class Tombstone:
    """One person's. `number` counts from 1; `digest` (64 hex digits) anchors the file up to here."""

    number: int
    who: str
    erasure: RowId
    day: dt.date
    digest: str
    keeps: tuple[KeptClass, ...] = ()
    """The classes that the law wanted kept when the person went; no copy ever brings back more."""


@final
class TombstoneFile:
    """The open file. Several processes may append (a server, a rehearsal): each takes turns by a lock on the file."""

    __slots__ = ("_anchor", "_by_who", "_digest", "_path", "_signer", "_size", "_stones", "file_id")

    def __init__(self, path: Path, anchor: Path, signer: Signer, lines: list[bytes]) -> None:
        self._path = path
        self._anchor = anchor
        self._signer = signer
        self.file_id: str = _content(lines[0], 0)["id"]
        self._digest = hashlib.sha256(lines[0]).hexdigest()
        self._size = len(lines[0])
        self._stones: list[Tombstone] = []
        self._by_who: dict[str, Tombstone] = {}
        for line in lines[1:]:
            self._enter(line)

    @classmethod
    def open(cls, path: Path, *, anchor: Path, signer: Signer, randomness: Randomness) -> "TombstoneFile":
        """Reads the file, or starts it. Raises TombstoneDamaged; TombstonesTooOld if the anchor knows more than it."""
        known, digest = _read_anchor(anchor)
        whole = _whole_lines(path)
        if not whole:
            if known >= 0:
                raise TombstonesTooOld(known=known, found=-1, remedy="put_back_newest_tombstones")
            whole = _line({"id": new_id(randomness), "tombstones": 1})
            write_synced(path, whole)
            sync_folder(path.parent)
        opened = cls(path, anchor, signer, whole.splitlines(keepends=True))
        opened.demand(known, digest)
        _write_anchor(anchor, opened.count, opened.head)
        return opened

    @property
    def path(self) -> Path:
        return self._path

    @property
    def count(self) -> int:
        return len(self._stones)

    @property
    def head(self) -> str:
        """The digest of the newest line."""
        return self._digest

    def of(self, subject: SubjectId) -> Tombstone | None:
        """The person's tombstone, if they are gone."""
        return self._by_who.get(commitment(subject))

    def kept_of(self, subject: SubjectId) -> tuple[KeptClass, ...] | None:
        """What may be kept of somebody who is gone; None for everybody else (port `Gone` of the keyring)."""
        stone = self.of(subject)
        return None if stone is None else stone.keeps

    def demand(self, number: int, digest: str) -> None:
        """Raises TombstonesTooOld unless the file reaches line `number` (> 0) and that line has this digest."""
        if number > 0 and (number > self.count or self._stones[number - 1].digest != digest):
            raise TombstonesTooOld(known=number, found=self.count, remedy="put_back_newest_tombstones")

    def append(self, subject: SubjectId, erasure: RowId, day: dt.date, keeps: Sequence[KeptClass] = ()) -> Tombstone:
        """Writes the person's tombstone to disk; a second call returns the first one's. Blocks for an fsync."""
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed, also by a kill
            self._catch_up(file)
            known = self.of(subject)
            if known is not None:
                return known
            line = self._sign(subject, erasure, day, keeps)
            file.seek(self._size)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            stone = self._enter(line)
            _write_anchor(self._anchor, self.count, self._digest)
        return stone

    def _catch_up(self, file: BinaryIO) -> None:
        """Reads what another process has appended; half a line that one left behind when killed is cut off."""
        file.seek(self._size)
        added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        if whole != added:
            file.truncate(self._size + len(whole))
        for line in whole.splitlines(keepends=True):
            self._enter(line)

    def _sign(self, subject: SubjectId, erasure: RowId, day: dt.date, keeps: Sequence[KeptClass]) -> bytes:
        content: dict[str, Any] = {
            "n": self.count + 1,
            "prev": self._digest,
            "who": commitment(subject),
            "erasure": erasure,
            "day": day.isoformat(),
            "key": self._signer.key_id,
        }
        if keeps:
            content["keeps"] = [[kept.name, kept.until.isoformat() if kept.until else ""] for kept in keeps]
        content["sig"] = self._signer.sign(canonical(content)).hex()
        return _line(content)

    def _read(self, number: int, line: bytes) -> Tombstone:
        content = _content(line, number)
        unsigned = {name: value for name, value in content.items() if name != "sig"}
        try:
            signature = bytes.fromhex(content["sig"])
            fits = content["n"] == number and content["prev"] == self._digest and _line(content) == line
            if not fits or not self._signer.verify(content["key"], canonical(unsigned), signature):
                raise TombstoneDamaged(number=number)
            day = dt.date.fromisoformat(content["day"])
            keeps = tuple(_kept(*pair) for pair in content.get("keeps", ()))
        except (KeyError, TypeError, ValueError):
            raise TombstoneDamaged(number=number) from None
        return Tombstone(
            number, content["who"], RowId(content["erasure"]), day, hashlib.sha256(line).hexdigest(), keeps
        )

    def _enter(self, line: bytes) -> Tombstone:
        stone = self._read(self.count + 1, line)
        self._stones.append(stone)
        self._by_who[stone.who] = stone
        self._digest = stone.digest
        self._size += len(line)
        return stone


def _kept(name: str, until: str) -> KeptClass:
    return KeptClass(name, dt.date.fromisoformat(until) if until else None)


def _line(content: dict[str, Any]) -> bytes:
    return canonical(content) + b"\n"


def _content(line: bytes, number: int) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        raise TombstoneDamaged(number=number) from None
    if not isinstance(content, dict) or (number == 0 and not isinstance(content.get("id"), str)):
        raise TombstoneDamaged(number=number)
    return content


def _whole_lines(path: Path) -> bytes:
    """The file's content; half a line at its end is cut off, on disk too."""
    if not path.exists():
        return b""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with path.open("r+b") as file:
            file.truncate(len(whole))
            os.fsync(file.fileno())
    return whole


def _read_anchor(path: Path) -> tuple[int, str]:
    """What the anchor knows: number and digest; -1 if there is no anchor yet."""
    if not path.exists():
        return -1, ""
    try:
        number, _, digest = path.read_text("ascii").strip().partition(" ")
        return int(number), digest
    except ValueError:
        raise TombstoneDamaged(number=-1) from None


def _write_anchor(path: Path, number: int, digest: str) -> None:
    replace_synced(path, f"{number} {digest}\n".encode("ascii"))
