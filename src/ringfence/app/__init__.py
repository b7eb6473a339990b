"""The composition root: the only place that knows everything.

    cli, demo ──serving(config)──> Server = Kernel + services + Signalling (SIP) + Faces (HTTP)
                                      │
                                      ├── joints.py: what one room asks for, in the words of the room that has it
                                      ├── behind.py: what pages and API ask, handed to them
                                      └── sending.py: by which way pushes and PINs leave

Invariants: everything that is enrolled is loaded before the first socket opens; everything that waits is answered
before the last one closes; whatever runs beside calls is supervised (upkeep.py).

Refuses: to start on files that would bring somebody back (see `privacy.rights.startup_check`), or twice on one folder.
"""

from typing import TYPE_CHECKING

from ringfence.app.kernel import AlreadyRunning, Kernel, Places, opened, premises_of

if TYPE_CHECKING:
    from ringfence.app.server import Server, serving

__all__ = ["AlreadyRunning", "Kernel", "Places", "Server", "opened", "premises_of", "serving"]


def __getattr__(name: str) -> object:
    """The server when somebody asks for it (PEP 562): commands and children that need the kernel alone start sooner."""
    if name in {"Server", "serving"}:
        from ringfence.app import server  # noqa: PLC0415 - see above

        return getattr(server, name)
    raise AttributeError(name)
