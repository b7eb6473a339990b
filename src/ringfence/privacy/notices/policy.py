"""What differs by provider: who is responsible, where, and who receives something."""

from dataclasses import dataclass
from typing import final

from ringfence.errors import OperatorFault
from ringfence.identifiers import ProviderId
from ringfence.privacy.egress import LegalRole

__all__ = ["NamedRecipient", "PolicyIncomplete", "ProviderPolicy"]

_ROLES = frozenset(role.value for role in LegalRole)


class PolicyIncomplete(OperatorFault):
    """A provider goes live only with all that its notice must name; the facts say which setting lacks it."""

    code = "policy_incomplete"


@final
@dataclass(frozen=True, slots=True)
class NamedRecipient:
    """A recipient as the notice names it.

    `country` is ISO 3166-1 alpha-2; `role` a `LegalRole`; `mechanisms` are titles, in order of use, and empty where the
    law asks for none. Raises PolicyIncomplete.
    """

    name: str
    country: str
    role: str
    mechanisms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in _ROLES:
            raise PolicyIncomplete(recipient=self.name, setting="role")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPolicy:
    """A provider's part of its notice. `operator` is empty where the provider runs the installation itself.

    `country` is ISO 3166-1 alpha-2, `minimum_age` in years, `reachable_days` how long a silent device is waited for.
    Raises PolicyIncomplete (ACR-16).
    """

    id: ProviderId
    name: str
    controller: str
    privacy_officer: str
    supervisory_authority: str
    country: str
    minimum_age: int
    operator: str = ""
    recipients: tuple[NamedRecipient, ...] = ()
    reachable_days: int = 3

    def __post_init__(self) -> None:
        for setting in ("name", "controller", "privacy_officer", "supervisory_authority", "country"):
            if not getattr(self, setting).strip():
                raise PolicyIncomplete(provider=self.id, setting=setting)
