"""How Python's garbage collector is to behave in a process that answers calls.

What a call leaves behind lives for half a minute (the timers of RFC 3261) and is then freed by its reference counts:
hardly anything of ours is cyclic. By its defaults the collector nevertheless walks all of it every few seconds; at 500
calls a second that took a tenth of the CPU and held the loop for 150 ms at a time.
"""

import gc
from typing import Final

__all__ = ["collect_fully", "let_go", "spare_the_loop"]

_YOUNG: Final = 2_000
"""New objects between two looks at them: a millisecond or two each."""
_MIDDLE: Final = 5
"""Such looks until what survived them is looked at once more: about ten milliseconds."""
_NEVER: Final = 1_000_000
"""Looks at everything are not the collector's to decide: see `collect_fully`."""
_DEFAULTS: Final = gc.get_threshold()


def spare_the_loop() -> None:
    """Leave out what is loaded by now (accounts live as long as the process), and from now on look at the young."""
    collect_fully()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)


def collect_fully() -> int:
    """Find old cycles; for a moment without calls: it takes a microsecond an object. Tells how many there were."""
    found = gc.collect()
    gc.freeze()
    return found


def let_go() -> None:
    """As Python has it: the server has ended, the process perhaps not."""
    gc.unfreeze()
    gc.set_threshold(*_DEFAULTS)
