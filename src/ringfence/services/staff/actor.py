"""Who acts at the console, and whether they may."""

from dataclasses import dataclass
from typing import Self, final

from ringfence.identifiers import ProviderId, StaffId
from ringfence.services.staff.confidentiality import confidentiality
from ringfence.services.staff.errors import ConfidentialityNotAccepted, NotAllowed
from ringfence.services.staff.records import Member
from ringfence.services.staff.role import Permission, Role, invitable, permitted

__all__ = ["Actor"]


@final
@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff as they are at this request; read anew each time, so that a change holds from the next one on.

    `bound` says whether they have accepted the current text on confidentiality; until then they may do nothing.
    """

    staff: StaffId
    provider: ProviderId
    name: str
    roles: tuple[Role, ...]
    bound: bool

    @classmethod
    def of(cls, member: Member) -> Self:
        bound = member.confidentiality == confidentiality("en").version
        return cls(member.staff, member.provider, member.name, member.roles, bound)

    def may(self, permission: Permission) -> bool:
        """For what to show; to do it, `need` it."""
        return self.bound and permission in permitted(self.roles)

    def need(self, permission: Permission) -> None:
        """Raises ConfidentialityNotAccepted (ZOI-27) or NotAllowed."""
        if not self.bound:
            raise ConfidentialityNotAccepted
        if permission not in permitted(self.roles):
            raise NotAllowed(permission=permission.value)

    def need_power_over(self, roles: tuple[Role, ...]) -> None:
        """To invite, change or remove somebody with these roles. Raises as `need`."""
        self.need(Permission.MANAGE_STAFF)
        if not invitable(self.roles).issuperset(roles):
            raise NotAllowed(permission=Permission.MANAGE_STAFF.value)
