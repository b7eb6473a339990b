"""SIP addresses as people give them, in the one form that we compare and keep."""

import re
from dataclasses import dataclass, field
from typing import Final, Self, final

from ringfence.services.enrolment.errors import AddressUnusable

__all__ = ["SipAddress"]

_USER: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,64}")  # RFC 3261 section 25.1 `user`
_DOMAIN: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@final
@dataclass(frozen=True, slots=True)
class SipAddress:
    """An address-of-record: the user as given (case counts, RFC 3261 19.1.4), the domain in lower case, no port."""

    user: str = field(repr=False)
    domain: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `user@domain`, with or without `sip:` or `sips:`. Raises AddressUnusable."""
        bare = re.sub(r"\Asips?:", "", text.strip(), flags=re.IGNORECASE)
        user, at, domain = bare.rpartition("@")
        domain = domain.lower().rstrip(".")
        if not at or not _USER.fullmatch(user) or not _DOMAIN.fullmatch(domain):
            raise AddressUnusable
        return cls(user, domain)

    def text(self) -> str:
        """`user@domain`."""
        return f"{self.user}@{self.domain}"
