"""An address that can't be listened at is the operator's matter: said with the setting, and no traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ringfence.errors import OperatorFault

__all__ = ["CannotListen", "listening"]


class CannotListen(OperatorFault):
    """The address of a listener is taken, or is none of this machine; the facts name the setting."""

    code = "cannot_listen"


@contextmanager
def listening(setting: str, address: str) -> Iterator[None]:
    """Turn an OSError inside into CannotListen."""
    try:
        yield
    except OSError as fault:
        problem = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else type(fault).__name__
        raise CannotListen(setting=setting, address=address, problem=problem) from None
