"""What the person gets to see of somebody else, by the rule that the record declares."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ringfence.declarations import Third

__all__ = ["applied", "hiding_callers"]

_HIDDEN: Final = frozenset({"anonymous", "anonym", "private", "restricted", "unavailable", "withheld"})
_ANONYMOUS_HOST: Final = "anonymous.invalid"  # RFC 3323 section 4.1.1.3
_MASK: Final = "•"
_DIGITS_HIDDEN: Final = 3  # as on itemised bills
_SCHEME: Final = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ()./-]{3,}")


def applied(rule: Third, value: object) -> object:
    """The value as the rule lets it through; None where it is withheld."""
    match rule:
        case Third.SHOWN:
            return value
        case Third.MASKED:
            return _masked(value)
        case Third.WITHHELD:
            return None


def hiding_callers(column: Sequence[object]) -> list[int]:
    """Where a datum on a caller says that they did not want to be known: then nothing of them is handed out."""
    text = "\n".join([value for value in column if isinstance(value, str)]).casefold()
    if not any(word in text for word in _HIDDEN):  # as hardly ever, and asked of all at once
        return []
    return [at for at, value in enumerate(column) if isinstance(value, str) and _hides(value)]


def _hides(value: str) -> bool:
    told = value.strip().strip('"<>').casefold()
    user = told.removeprefix("sip:").removeprefix("sips:").partition("@")[0]
    return _ANONYMOUS_HOST in told or told in _HIDDEN or user in _HIDDEN


def _masked(value: object) -> object:
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, Mapping):
        return {name: _masked(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_masked(each) for each in value]
    return None  # a number, a date, a picture: nothing of it can be shown in part


def _masked_text(text: str) -> str:
    scheme = _SCHEME.match(text)
    prefix = scheme.group() if scheme else ""
    user, at, host = text.removeprefix(prefix).partition("@")
    return f"{prefix}{_masked_name(user)}{at}{host}"


def _masked_name(name: str) -> str:
    if _NUMBER.fullmatch(name):
        kept = name[:-_DIGITS_HIDDEN]
        return kept + _MASK * (len(name) - len(kept))
    return name[:1] + _MASK * 3 if name else ""
