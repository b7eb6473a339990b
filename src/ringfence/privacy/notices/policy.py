"""What differs by provider: who is responsible, where, for what, and who receives something."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from ringfence.declarations import Basis, Purpose
from ringfence.identifiers import ProviderId
from ringfence.privacy.egress import LegalRole
from ringfence.privacy.notices.activity import Activity
from ringfence.privacy.notices.errors import PolicyIncomplete

__all__ = ["NamedRecipient", "OwnParagraph", "ProviderPolicy"]

_ROLES = frozenset(role.value for role in LegalRole)


@final
@dataclass(frozen=True, slots=True)
class NamedRecipient:
    """A recipient as the notice names it.

    `country` is ISO 3166-1 alpha-2; `role` a `LegalRole`; `mechanisms` are titles of those that hold, in order of use;
    `abroad` says that the law asks for one: without any, nothing may go there. Raises PolicyIncomplete.
    """

    name: str
    country: str
    role: str
    mechanisms: tuple[str, ...] = ()
    abroad: bool = False

    def __post_init__(self) -> None:
        if self.role not in _ROLES:
            raise PolicyIncomplete(recipient=self.name, setting="role")

    @property
    def goes_abroad(self) -> bool:
        """Whether data that goes there leaves the exporter's territory."""
        return self.abroad or bool(self.mechanisms)


@final
@dataclass(frozen=True, slots=True)
class OwnParagraph:
    """What the provider says in words of its own; readers are told whose they are."""

    heading: str
    text: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPolicy:
    """A provider's part of its notice.

    `operator` is empty where the provider runs the installation itself. Countries are ISO 3166-1 alpha-2; `hosted_in`
    is where the server stands, empty for the provider's own country. `minimum_age` is in years, `reachable_days` how
    long a silent device is waited for. `offers` are the purposes on consent that a person can say yes to;
    `operator_decides` the activities for which the operator is a controller of its own; `paragraphs` the provider's
    own, by language.

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
    hosted_in: str = ""
    recipients: tuple[NamedRecipient, ...] = ()
    reachable_days: int = 3
    offers: tuple[Purpose, ...] = ()
    operator_decides: tuple[Activity, ...] = ()
    paragraphs: Mapping[str, tuple[OwnParagraph, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for setting in ("name", "controller", "privacy_officer", "supervisory_authority", "country"):
            if not getattr(self, setting).strip():
                raise PolicyIncomplete(provider=self.id, setting=setting)
        if self.operator_decides and not self.operator.strip():
            raise PolicyIncomplete(provider=self.id, setting="operator")
        if any(purpose.basis is not Basis.CONSENT for purpose in self.offers):
            raise PolicyIncomplete(provider=self.id, setting="offers")  # what does not rest on consent is no choice

    @property
    def place(self) -> str:
        """The country in which the server stands."""
        return self.hosted_in or self.country
