"""The child process of `scanner`: a job on standard input, its account on standard output.

A module that nothing imports, since what its package has imported already can't be run without Python's warning.
"""

import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from ringfence.privacy.rights.scan import scan
from ringfence.privacy.rights.scanner import Job

__all__ = ["main"]

_NICE: Final = 10


def main() -> None:
    """Scan at low priority."""
    os.nice(_NICE)
    media, needles = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job, dec_hook=_path)
    sys.stdout.buffer.write(msgspec.msgpack.encode(scan(media, needles)))


def _path(_: type, text: object) -> Path:
    return Path(str(text))


if __name__ == "__main__":
    main()
