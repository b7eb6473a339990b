"""Needles: what a scan looks for, in every spelling in which it could lie about."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final
from urllib.parse import quote

__all__ = ["Needle", "NeedleKind", "spellings"]

_SHORTEST: Final = 6  # bytes: shorter ones (a flag, a language) are found by chance in any large file
_SEALED: Final = 16  # bytes of a ciphertext or wrapped key: beyond chance, and too little to be a copy of it
_MIDDLE: Final = 3  # base64 turns three bytes into four characters, so a value can begin at three places in a group


class NeedleKind(StrEnum):
    """What it means to find one."""

    CLEAR = "clear"  # the datum itself
    SEALED = "sealed"  # its ciphertext: readable by whoever has the key
    KEY = "key"  # a wrapped key or blinded identifier: opens with the epoch's key
    KEPT = (
        "kept"  # ciphertext or key of what a law wants kept: it may lie in the databases and backups, and there alone
    )
    NAME = "name"  # the random id of the person or of a row: it leads to nobody without the keyring


@final
@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to look for. `column` is `table.field`; `patterns` are the byte strings that would betray it."""

    kind: NeedleKind
    column: str
    patterns: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Needle({self.kind.value}, {self.column}, …)"

    @classmethod
    def clear(cls, column: str, values: Iterable[str | bytes]) -> "Needle | None":
        """A datum in all its spellings; None if it is too short to be told from chance."""
        patterns = {pattern for value in values for pattern in spellings(value) if len(pattern) >= _SHORTEST}
        return cls(NeedleKind.CLEAR, column, tuple(sorted(patterns))) if patterns else None

    @classmethod
    def exact(cls, kind: NeedleKind, column: str, value: bytes) -> "Needle":
        """Random bytes (ciphertext, wrapped key, identifier), by a part of them, also as hex and base64."""
        part = _core(value)
        return cls(kind, column, (part, part.hex().encode(), *_base64(part)))


def spellings(value: str | bytes) -> set[bytes]:
    """UTF-8, UTF-16, lower case, hex, base64 at all three alignments, percent, JSON, and telephony's packed digits."""
    raw = value if isinstance(value, bytes) else value.encode()
    if len(raw) < _SHORTEST:
        return set()
    found = {raw, raw.lower(), raw.hex().encode(), raw.hex().upper().encode(), *_base64(raw)}
    text = value if isinstance(value, str) else value.decode("utf-8", "ignore")
    for spelled in {text, text.lower()}:
        found |= {spelled.encode("utf-16-le"), spelled.encode("utf-16-be")}
        found |= {quote(spelled, safe="").encode(), "".join(f"%{byte:02X}" for byte in spelled.encode()).encode()}
        escaped = json.dumps(spelled)[1:-1]
        found |= {escaped.encode(), escaped.replace("/", "\\/").encode()}
    return found | set(_packed_digits(text))


def _base64(raw: bytes) -> Iterator[bytes]:
    """The characters that do not depend on what stands before and behind, in both alphabets."""
    for shift in range(_MIDDLE):
        padded = bytes(shift) + raw
        whole = len(padded) - len(padded) % _MIDDLE
        first = 4 if shift else 0
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            characters = encode(padded[:whole])[first:]
            if characters:
                yield characters


def _packed_digits(text: str) -> Iterator[bytes]:
    """A number as binary-coded decimals, two to a byte, in both orders (the second is TBCD, 3GPP TS 29.002)."""
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 2 * _SHORTEST:
        return
    for filled in {digits, digits + "f"} if len(digits) % 2 else {digits}:
        even = filled[: len(filled) - len(filled) % 2]
        yield bytes.fromhex(even)
        yield bytes.fromhex("".join(even[i + 1] + even[i] for i in range(0, len(even), 2)))


def _core(value: bytes) -> bytes:
    """The end of the value: a header before it says nothing, and the tag is the most random part."""
    return value[-_SEALED:]
