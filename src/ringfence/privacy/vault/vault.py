"""Sealing: each value under its person's key, bound to its place."""

import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, final

import msgspec
from cryptography.exceptions import InvalidTag

from ringfence.persistence import KeyGone, Place, Storage, SubjectGone, Unreadable
from ringfence.privacy.vault.datakeys import period_of
from ringfence.privacy.vault.epochkey import NONCE
from ringfence.privacy.vault.keyring import Keyring
from ringfence.privacy.vault.store import key_name
from ringfence.privacy.vault.use import may_open
from ringfence.randomness import Randomness

__all__ = ["Vault"]

_HEADER: Final = struct.Struct(">BI")  # what it is sealed for (`Storage`), period of the key
_STORAGES: Final = {int(storage): storage for storage in Storage}
_PREFIX: Final = _HEADER.size + NONCE
_NONCES: Final = struct.Struct(f"{NONCE}s")
_ROW: Final = Place._fields.index("row")
_ARRAY_OF_8: Final = b"\x98"  # of MessagePack
_encode = msgspec.msgpack.Encoder().encode


@final
class Vault:
    """Seals and opens with the keyring's data keys: AES-256-GCM, layout `header | nonce | ciphertext and tag`.

    What is only stored has keys of its own, and opens only as `use.opened_for` allows.

    Nonces are random, since one key seals far fewer than 2**32 values (NIST SP 800-38D section 8.3).

    Implements persistence's port `Sealer`.
    """

    def __init__(self, keyring: Keyring, randomness: Randomness) -> None:
        self._keyring = keyring
        self._randomness = randomness

    def seal(self, place: Place, plain: bytes) -> bytes:
        """Seal one value; raises SubjectGone when the subject has been forgotten."""
        return self.seal_all([(place, plain)])[0]

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Open one value; raises KeyGone when its key was destroyed, Unreadable when it was changed or moved."""
        plain = self.open_all([(place, sealed)])[0]
        if plain is None:
            raise KeyGone(table_number=place.table_number)
        return plain

    def seal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        """As the port says; keys that are missing are made in one transaction."""
        for place, _ in values:
            if place.storage is not Storage.IN_USE and self._keyring.kept(place.subject):
                raise SubjectGone  # what is put away of somebody who has gone does not grow
        return self._seal(values)

    def _seal(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        # a batch is mostly one person's: what its places share is worked out once
        runs = [list(run) for _, run in groupby(values, _but_row)]
        keys = self._keyring.ensure_keys([run[0][0] for run in runs])
        nonces = _NONCES.iter_unpack(self._randomness.bytes(NONCE * len(values)))
        sealed: list[bytes] = []
        for run, (period, cipher) in zip(runs, keys, strict=True):
            places = [place for place, _ in run]
            head = _HEADER.pack(places[0].storage, period)
            for (_, plain), binding in zip(run, _bindings(places, places[0].storage, period), strict=True):
                (nonce,) = next(nonces)
                sealed.append(head + nonce + cipher.encrypt(nonce, plain, binding))
        return sealed

    def open_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """As the port says; keys that are not in memory are fetched in one statement."""
        return self._open(values, may_open)

    def reseal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """As the port says."""
        todo = [
            at
            for at, (place, sealed) in enumerate(values)
            if _head(place, sealed) != (place.storage, period_of(place.keep, place.due))
        ]
        plains = self._open([values[at] for at in todo], lambda _: True)
        opened = [(at, plain) for at, plain in zip(todo, plains, strict=True) if plain is not None]
        again = self._seal([(values[at][0], plain) for at, plain in opened])
        done: list[bytes | None] = [None] * len(values)
        for (at, _), sealed in zip(opened, again, strict=True):
            done[at] = sealed
        return done

    def _open(self, values: Sequence[tuple[Place, bytes]], allowed: Callable[[Storage], bool]) -> list[bytes | None]:
        # a batch is mostly one person's, under a few keys: what is asked once per key is not asked for every value
        groups = [(place.subject, place.keep.code, sealed[: _HEADER.size]) for place, sealed in values]
        first = dict(zip(reversed(groups), reversed(values), strict=True))
        heads = {group: _head(place, sealed) for group, (place, sealed) in first.items()}
        names = [(group[0], key_name(first[group][0].keep, storage), at) for group, (storage, at) in heads.items()]
        ciphers = dict(zip(heads, self._keyring.keys(names), strict=True))
        shut = {group for group, (storage, _) in heads.items() if ciphers[group] is None or not allowed(storage)}
        opened: list[bytes | None] = []
        for (place, sealed), group in zip(values, groups, strict=True):
            cipher = ciphers[group]
            if cipher is None or group in shut:
                opened.append(None)
                continue
            try:
                plain = cipher.decrypt(sealed[_HEADER.size : _PREFIX], sealed[_PREFIX:], _binding(place, *heads[group]))
            except (InvalidTag, ValueError) as error:  # the latter where a value is too short to be one
                raise Unreadable(table_number=place.table_number) from error
            opened.append(plain)
        return opened


def _head(place: Place, sealed: bytes) -> tuple[Storage, int]:
    """What a value is sealed for, and the period of its key; raises Unreadable when it is no sealed value."""
    storage = _STORAGES.get(sealed[0]) if len(sealed) >= _PREFIX else None
    if storage is None:
        raise Unreadable(table_number=place.table_number)
    period: int = _HEADER.unpack_from(sealed)[1]
    return storage, period


def _but_row(value: tuple[Place, bytes]) -> tuple[object, ...]:
    """What a place has in common with those of other rows under the same key."""
    place = value[0]
    return place[:_ROW] + place[_ROW + 1 :]


def _binding(place: Place, storage: Storage, period: int) -> bytes:
    """The associated data: where the value belongs and what for, in an encoding that can be read one way only."""
    return _encode(
        (
            int(storage),
            place.provider,
            place.table_number,
            place.part,
            place.subject,
            place.row,
            place.keep.code,
            period,
        )
    )


def _bindings(places: Sequence[Place], storage: Storage, period: int) -> Iterator[bytes]:
    """The same for places that differ in their rows alone: what they share is encoded once."""
    place = places[0]
    if len(places) == 1:
        yield _binding(place, storage, period)
        return
    shared = (int(storage), place.provider, place.table_number, place.part, place.subject)
    before = _ARRAY_OF_8 + b"".join(map(_encode, shared))
    after = _encode(place.keep.code) + _encode(period)
    for place in places:
        yield before + _encode(place.row) + after
