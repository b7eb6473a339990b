"""The hash chain, as pure functions over what is stored.

    entry n:  hash(n) = SHA-256(domain | hash(n-1) | body(n)),  hash(0) = SHA-256(domain | provider)

The body repeats the provider and the number, so that no stored byte lies outside the chain. A flipped bit in a body
and one in a stored hash look alike at that entry; the next entry, or a checkpoint, tells them apart, since it was
chained to the right hash.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from ringfence.identifiers import LedgerRef, ProviderId
from ringfence.privacy.ledger.event import Event
from ringfence.privacy.statement import canonical

__all__ = ["Damage", "Head", "Link", "Part", "Walk", "body_of", "genesis", "link_hash", "read_body"]

_DOMAIN: Final = b"ringfence ledger 1\x00"


@final
@dataclass(frozen=True, slots=True)
class Link:
    """One stored entry, as read."""

    number: int
    body: bytes
    hash: bytes


@final
@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a provider's chain; number 0 is the empty chain."""

    number: int
    hash: bytes


class Part(StrEnum):
    """Where in an entry the damage lies."""

    BODY = "body"
    HASH = "hash"
    PLACE = "place"  # filed under another id, provider or number than its body says
    ENTRY = "entry"  # body or hash; nothing after it can tell which
    MISSING = "missing"
    CHECKPOINT = "checkpoint"


@final
@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """Entry (or checkpoint's entry) `number` is not as it was written."""

    number: int
    part: Part


def genesis(provider: ProviderId) -> bytes:
    return hashlib.sha256(_DOMAIN + provider.encode()).digest()


def link_hash(previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(_DOMAIN + previous + body).digest()


def body_of(
    provider: ProviderId, number: int, at: float, event: Event, ref: LedgerRef | None, facts: Mapping[str, str | int]
) -> bytes:
    """The canonical bytes of an entry (whole seconds)."""
    content = {"at": int(at), "event": event.value, "facts": dict(facts), "n": number, "provider": provider, "ref": ref}
    return canonical(content)


def read_body(body: bytes) -> dict[str, object] | None:
    """What an entry says; None if it is damaged beyond reading."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


@final
class Walk:
    """Reads a chain in the order of its numbers and collects damages; one entry at a time, so any length is fine."""

    __slots__ = ("_damages", "_expected", "_misfiled", "_missing", "_previous", "_suspect")

    def __init__(self, provider: ProviderId) -> None:
        self._expected = 1
        self._previous: tuple[bytes, ...] = (genesis(provider),)  # more than one while a suspect is undecided
        self._suspect: int | None = None
        self._damages: set[Damage] = set()
        self._missing: set[int] = set()
        self._misfiled: set[int] = set()

    @property
    def head(self) -> Head:
        """The newest entry seen so far, by its stored hash."""
        return Head(self._expected - 1, self._previous[-1])

    def step(self, link: Link) -> None:
        if self._is_misfiled(link):
            self._misfiled.add(_claimed(link))
            return
        while self._expected < link.number:
            self._missing.add(self._expected)
            self._expected += 1
            self._previous = ()
        self._expected += 1
        self._judge(link)

    def checkpoint(self, number: int, digest: bytes) -> None:
        """What a signed checkpoint says about the entry that was just read."""
        if self._suspect == number and digest in self._previous:
            self._decide(self._previous.index(digest))
            self._previous = (digest,)
        elif digest not in self._previous:
            self._damages.add(Damage(number, Part.ENTRY))

    def finish(self, *, at_least: int = 0) -> list[Damage]:
        """All damages by number. `at_least` is the number that a checkpoint outside the chain has seen."""
        if self._suspect is not None:
            self._damages.add(Damage(self._suspect, Part.ENTRY))
        self._missing.update(range(self._expected, at_least + 1))
        self._damages |= {Damage(number, Part.MISSING) for number in self._missing - self._misfiled}
        self._damages |= {Damage(number, Part.PLACE) for number in self._misfiled}
        return sorted(self._damages)

    def _judge(self, link: Link) -> None:
        for position, previous in enumerate(self._previous):
            if link_hash(previous, link.body) == link.hash:
                self._decide(position)
                self._previous = (link.hash,)
                return
        if self._suspect is not None:  # two damaged entries side by side: neither tells about the other
            self._damages.add(Damage(self._suspect, Part.ENTRY))
            self._suspect = None
        if self._previous:
            self._suspect = link.number
            self._previous = (link_hash(self._previous[0], link.body), link.hash)
        else:  # the one before it is missing, so it can't be checked itself; the next can be, against it
            self._previous = (link.hash,)

    def _decide(self, position: int) -> None:
        if self._suspect is not None:
            self._damages.add(Damage(self._suspect, Part.HASH if position == 0 else Part.BODY))
            self._suspect = None

    def _is_misfiled(self, link: Link) -> bool:
        if link.number < self._expected or _claimed(link) in self._missing:
            return True
        return link.number > self._expected and _claimed(link) != link.number


def _claimed(link: Link) -> int:
    """The number that the body says."""
    content = read_body(link.body)
    number = content.get("n") if content else None
    return number if isinstance(number, int) else link.number
