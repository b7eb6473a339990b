"""Where others reach us: what stands in our Via, Contact and Record-Route, by encryption and by version of IP."""

from collections.abc import Iterable
from typing import NamedTuple, final

from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.transaction import local_address

__all__ = ["Addresses", "Face"]


class Face(NamedTuple):
    """One address of ours; `address` is host:port, an IPv6 literal in brackets."""

    secure: bool
    ipv6: bool
    address: str


@final
class Addresses:
    """All of one side."""

    __slots__ = ("_faces",)

    def __init__(self, faces: Iterable[Face] = ()) -> None:
        """Where a kind is missing, it is the flow's own end: right for whoever sits in the same network."""
        self._faces = {(face.secure, face.ipv6): face.address.encode("ascii") for face in faces}

    def of(self, flow: Flow) -> bytes:
        """host:port at which the other end of `flow` reaches us."""
        return self._faces.get((flow.secure, ":" in flow.peer[0])) or local_address(flow)
