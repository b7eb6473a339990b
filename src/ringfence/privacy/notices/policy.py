"""What differs by provider: who is responsible, where, and who receives something."""

from dataclasses import dataclass
from typing import final

from ringfence.errors import OperatorFault
from ringfence.identifiers import ProviderId

__all__ = ["NamedRecipient", "PolicyIncomplete", "ProviderPolicy"]


class PolicyIncomplete(OperatorFault):
    """A provider goes live with a controller and a data protection officer contact only; the facts name the setting."""

    code = "policy_incomplete"


@final
@dataclass(frozen=True, slots=True)
class NamedRecipient:
    """A recipient as the notice names it. `role` is a legal role; `mechanisms` are titles, in order of use."""

    name: str
    country: str
    role: str
    mechanisms: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPolicy:
    """A provider's part of its notice. `operator` is empty where the provider runs the installation itself.

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
