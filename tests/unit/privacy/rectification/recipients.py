"""Recipients of what a person entered: who is known, and what they hear."""

from dataclasses import dataclass, field

from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.rectification import Change, Telling

__all__ = ["Killed", "Known", "Post"]


class Known:
    """Port `Directory`: `reached` have a mail address; what goes by a flow of `forgotten` rests with nobody."""

    def __init__(self, *reached: RecipientId, forgotten: str = "") -> None:
        self.reached = set(reached)
        self.forgotten = forgotten

    def forgets(self, provider: ProviderId, recipient: RecipientId, flow: str, change: Change) -> bool:
        return flow == self.forgotten and change in {Change.ERASED, Change.RECTIFIED}

    def reachable(self, provider: ProviderId, recipient: RecipientId) -> bool:
        return recipient in self.reached


class Killed(Exception):
    """The process ends here."""


@dataclass
class Post:
    """Port `Teller`: `away` as long as nothing leaves; `killed`: the process ends once the mail has left."""

    heard: list[Telling] = field(default_factory=list)
    away: bool = False
    killed: bool = False

    async def tell(self, telling: Telling) -> None:
        if self.away:
            raise PeerFault
        self.heard.append(telling)
        if self.killed:
            raise Killed
