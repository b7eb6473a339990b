"""What signing in needs to know. Durations in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from ringfence.clock import DAY, HOUR
from ringfence.identifiers import ProviderId, UpstreamId

__all__ = ["Home", "SignInSettings"]


@final
@dataclass(frozen=True, slots=True)
class Home:
    """Who serves a SIP domain, and which PBX its accounts belong to."""

    provider: ProviderId
    upstream: UpstreamId


@final
@dataclass(frozen=True, slots=True)
class SignInSettings:
    """How much a stranger may try.

    homes: SIP domain (lower case) to its PBX.
    names: what each provider calls itself in the text of a PIN.
    refusal: how long after the question a refusal comes, whatever made it; a PBX is asked within that time.
    pin_answer: the same for "a PIN was sent"; the message itself goes out behind it.
    pin_life, pin_tries: ten minutes and five tries, as promised in the pages.
    pins_each, pins_day: PINs for one number in an hour and in a day. Six a day with five tries each leave a guesser
        one chance in 33,000 a day for that number.
    pins_source, pins_all: PINs asked for from one source, and by everybody, in an hour.
    wrong_source, wrong_all: wrong PINs from one source, and from everybody, in an hour: who spreads guesses over all
        numbers from many places has one chance in 400 a day to open any account at all.
    waiting: PINs under way at once; more than `pins_all` can't come about within their life.
    messages: messages being sent at once; beyond that none is sent, and the answer is the same.
    passwords_account, passwords_source, passwords_all: wrong passwords in an hour.
    """

    homes: Mapping[str, Home]
    names: Mapping[ProviderId, str] = field(default_factory=dict)
    refusal: float = 2.5
    pin_answer: float = 0.5
    pin_life: float = 600.0
    pin_tries: int = 5
    pins_each: int = 3
    pins_day: int = 6
    pins_source: int = 10
    pins_all: int = 600
    wrong_source: int = 20
    wrong_all: int = 100
    waiting: int = 1_000
    messages: int = 50
    passwords_account: int = 10
    passwords_source: int = 30
    passwords_all: int = 5_000
    hour: float = HOUR
    day: float = DAY
