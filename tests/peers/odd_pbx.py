"""A PBX with a peculiarity, played by SIPp: a registrar whose every answer a test may choose."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.peers.process import free_port_of_both
from tests.peers.sipp import Sipp

__all__ = ["Habits", "OddPbx", "Register"]

DOMAIN: Final = "pbx.test"
_REGISTER: Final = re.compile(r"\n(REGISTER .*?\r?\n)\r?\n", re.DOTALL)
_DIGESTS: Final = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Habits:
    """What this PBX does."""

    realm: str = DOMAIN
    algorithm: str = "MD5"
    contact: str = "[last_Contact:]"
    """The line of the 200 that lists bindings; [$user] is the user part of the Contact that was sent."""
    single_use: bool = False
    """A nonce is good once: whoever comes with it again is told that it is stale."""
    min_expires: int = 0
    """Answer 423 to whoever asks for 600 s."""


@dataclass(frozen=True, slots=True)
class Register:
    """One REGISTER that arrived."""

    text: str

    def field(self, name: str) -> str:
        """The value of a header field, empty where it is not there."""
        found = re.search(rf"^{name}: (.*?)\r?$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    @property
    def digest(self) -> dict[str, str]:
        return {
            key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', self.field("Authorization"))
        }

    def is_answered_right(self, user: str, password: str) -> bool:
        """Whether its digest is of this password (RFC 7616 section 3.4.1): computed here, and not by our core."""
        shown = self.digest

        def hashed(text: str) -> str:
            return _DIGESTS[shown["algorithm"]](text.encode()).hexdigest()

        secret = hashed(f"{user}:{shown['realm']}:{password}")
        asked = hashed(f"REGISTER:{shown['uri']}")
        parts = (secret, shown["nonce"], shown["nc"], shown["cnonce"], shown["qop"], asked)
        return shown["response"] == hashed(":".join(parts))


class OddPbx(Sipp):
    """Listens on UDP at `port` until it is stopped; it believes every digest, so look at what came."""

    def __init__(self, directory: Path, habits: Habits) -> None:
        self.habits = habits
        super().__init__(
            directory,
            "registrar.xml",
            "127.0.0.1:9",
            port=free_port_of_both(),
            calls=1_000_000,
            filled=_filled(habits),
            arguments=("-nd",),
        )

    def registers(self) -> list[Register]:
        """Every REGISTER that arrived, in order; copies of one count once."""
        received = self.messages().split("message received")[1:]
        texts = [found[1] for part in received if (found := _REGISTER.search(part))]
        return [Register(text) for text in dict.fromkeys(texts)]

    def binding(self) -> Iterator[Register]:
        """Those that asked for a binding, with a digest."""
        return (each for each in self.registers() if each.field("Contact") and each.field("Authorization"))


def _filled(habits: Habits) -> dict[str, str]:
    stale = ",stale=true" if habits.single_use else ""
    challenge = f'Digest realm="{habits.realm}",nonce="[timestamp]",algorithm={habits.algorithm},qop="auth"{stale}'
    return {
        "CHALLENGE": challenge,
        "CONTACT": habits.contact,
        "NEXT": "first" if habits.single_use else "more",
        "BRIEF": "expires=600" if habits.min_expires else "never",
        "LEAST": str(habits.min_expires),
    }
