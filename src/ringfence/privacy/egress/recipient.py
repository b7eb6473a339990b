"""Who receives something from us, as declared in the configuration."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

from ringfence.identifiers import RecipientId
from ringfence.privacy.egress.errors import RecipientMisdeclared
from ringfence.privacy.egress.mechanism import Adoption, Regime

__all__ = ["LegalRole", "Recipient"]

_LOOPBACK = ("http://127.0.0.1", "http://[::1]", "http://localhost")


class LegalRole(StrEnum):
    """What the recipient is to the exporter."""

    PROCESSOR = "processor"
    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint_controller"
    PERSON = "person"  # the person themselves, or whom they told us to send to


@final
@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient. `country` is ISO 3166-1 alpha-2; `mechanisms` are tried in order, the first that holds is used.

    `origins` are all places that belong to it (`https://host[:port]`); plain HTTP is accepted on loopback only. A
    recipient that the person names by URL (Web Push endpoint, calendar) has `user_given` and no origins: any HTTPS
    address that is public.
    """

    id: RecipientId
    name: str
    role: LegalRole
    country: str
    exporter: Regime
    flows: frozenset[str]
    contract: str = ""
    mechanisms: tuple[Adoption, ...] = ()
    origins: tuple[str, ...] = ()
    user_given: bool = False

    def __post_init__(self) -> None:
        if self.user_given and self.origins:
            raise RecipientMisdeclared(recipient=self.id, setting="origins", problem="user_given_has_none")
        for origin in self.origins:
            if not origin.startswith("https://") and not _is_loopback(origin):
                raise RecipientMisdeclared(recipient=self.id, setting="origins", problem="not_encrypted")
        if self.role is LegalRole.PROCESSOR and not self.contract:
            raise RecipientMisdeclared(recipient=self.id, setting="contract", problem="missing")  # GDPR Art. 28(3)

    def owns(self, url: str) -> bool:
        """Whether a URL lies at one of its places."""
        if self.user_given:
            return url.startswith("https://")
        return any(url == origin or url.startswith(origin.rstrip("/") + "/") for origin in self.origins)


def _is_loopback(origin: str) -> bool:
    return any(origin == start or origin.startswith((start + ":", start + "/")) for start in _LOOPBACK)
