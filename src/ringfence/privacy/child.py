"""What a child process of ours starts with: the same code as its parent, wherever either of them stands."""

import os
import sys
from pathlib import Path

__all__ = ["environment"]


def environment() -> dict[str, str]:
    """The parent's own, with its import path made absolute from the present folder, so that a later one is no matter.

    Read it when what starts the child is built.
    """
    here = Path.cwd()
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(here / entry) for entry in sys.path)}
