"""Where a scan runs: beside the calls, never before them.

A busy thread in the serving process costs calls their latency (it took the 99th percentile from below a millisecond to
a hundred), so anything but a small scan runs in a child process, at low priority. Needles go to it through a pipe:
they are on no disk and in no argument.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from ringfence.errors import OurFault
from ringfence.privacy.child import environment
from ringfence.privacy.rights.needle import Needle
from ringfence.privacy.rights.scan import Medium, Scan, scan

__all__ = ["Job", "ScannerFailed", "scan_apart"]

_SMALL: Final = 1024 * 1024  # bytes: some ten milliseconds of a thread, less than starting a process
_CHILD: Final = "ringfence.privacy.rights.scanning"

Job = tuple[list[Medium], list[Needle]]
"""What the child is to read, and for what."""


class ScannerFailed(OurFault):
    """The child process ended without an account; nothing is certified, and it is tried again."""

    code = "scanner_failed"


async def scan_apart(media: Sequence[Medium], needles: Sequence[Needle]) -> Scan:
    """As `scan`, but without holding up the event loop. Raises ScannerFailed."""
    size = await asyncio.to_thread(_size, media)
    if size <= _SMALL:
        return await asyncio.to_thread(scan, media, needles)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )
    try:
        answer, _ = await child.communicate(msgspec.msgpack.encode((media, needles), enc_hook=str))
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode != 0:
        raise ScannerFailed(status=child.returncode)
    return msgspec.msgpack.decode(answer, type=Scan)


def _size(media: Sequence[Medium]) -> int:
    return sum(path.stat().st_size for medium in media for path in medium.files())
