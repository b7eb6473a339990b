"""What staff sign-in needs to know. Durations in seconds."""

from dataclasses import dataclass, field
from typing import final

from ringfence.clock import DAY, HOUR
from ringfence.privacy.access import SessionSettings

__all__ = ["HashingSettings", "StaffSettings"]


@final
@dataclass(frozen=True, slots=True)
class HashingSettings:
    """Argon2id, as RFC 9106 section 4 recommends second (64 MiB), on one lane: a server has few cores to spare.

    together: how many hashes are made at once; each takes memory_kib and some tens of milliseconds.
    waiting: how many may wait for that; beyond, sign-in says to come again.
    """

    passes: int = 3
    memory_kib: int = 65_536
    together: int = 2
    waiting: int = 20


@final
@dataclass(frozen=True, slots=True)
class StaffSettings:
    """How staff come in.

    public_url: where the console is reached, without a slash at the end.
    invitation: how long the one-time link of an invitation is good.
    half: how long after the password the second factor may come.
    second_tries: wrong second factors on one sign-in.
    tries_each, tries_source, tries_all: failed sign-ins for one mail address, from one source and in all, in an hour.
    password_least, password_most: characters; NIST SP 800-63B asks for no more rules than length.
    sessions: staff see other people's data, so a console that was left open closes after fifteen minutes.
    """

    public_url: str
    invitation: float = 2 * DAY
    half: float = 300.0
    second_tries: int = 5
    tries_each: int = 10
    tries_source: int = 30
    tries_all: int = 1_000
    hour: float = HOUR
    password_least: int = 12
    password_most: int = 256
    sessions: SessionSettings = field(default_factory=lambda: SessionSettings(idle=900.0, limit=2_000, each=3))
    hashing: HashingSettings = field(default_factory=HashingSettings)
