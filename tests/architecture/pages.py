"""The generated pages of the documentation: `python -m tests.architecture.pages` writes them, `--check` compares.

What can be derived is derived: the data map from the declarations, the settings from the types that read them, the
error codes from the errors.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator

import ringfence
from ringfence.errors import OperatorFault, OurFault, PeerFault, RingfenceError
from ringfence.privacy.datamap import Format, render
from ringfence.privacy.law import page as law_page
from ringfence.privacy.promises import page as promises_page
from ringfence.settings import reference
from tests.architecture.locks import ROOT
from tests.architecture.marks import promise_tests

_FAULTS = ((OurFault, "ours"), (PeerFault, "the peer's"), (OperatorFault, "the operator's"))


def everything() -> None:
    """Import every module, so that every declaration and every error exists."""
    for found in pkgutil.walk_packages(ringfence.__path__, "ringfence."):
        if not found.name.endswith("__main__") and ".migrations.versions" not in found.name:
            importlib.import_module(found.name)


def _descendants(kind: type[RingfenceError]) -> Iterator[type[RingfenceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def error_codes() -> str:
    """One row per code: its answer on each wire, who is at fault, what it means."""
    rows: dict[str, str] = {}
    for kind in _descendants(RingfenceError):
        if kind in (OurFault, PeerFault, OperatorFault) or not kind.__module__.startswith("ringfence."):
            continue
        fault = next((word for family, word in _FAULTS if issubclass(kind, family)), "ours")
        meaning = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        rows.setdefault(kind.code, f"| `{kind.code}` | {kind.http_status} | {kind.sip_status} | {fault} | {meaning} |")
    head = "# Error codes\n\nStable: a program may rely on a code; the words beside it may change.\n\n"
    table = "| code | HTTP | SIP | whose fault | meaning |\n|---|---|---|---|---|\n"
    return head + table + "\n".join(rows[code] for code in sorted(rows)) + "\n"


def data_map() -> str:
    """Every declared datum and flow."""
    return render(Format.MARKDOWN)


def settings() -> str:
    """Every setting with unit, default and reason."""
    return reference()


PAGES: dict[str, Callable[[], str]] = {
    "src/ringfence/promise_tests.toml": promise_tests,  # before the page that reads it
    "docs/promises.md": promises_page,
    "docs/law.md": law_page,
    "docs/data-map.md": data_map,
    "docs/error-codes.md": error_codes,
    "docs/settings.md": settings,
}


def stale() -> list[str]:
    """The pages that say something else than the code."""
    everything()
    return [name for name, made in PAGES.items() if not (ROOT / name).exists() or (ROOT / name).read_text() != made()]


def write() -> None:
    """Make every page anew."""
    everything()
    for name, made in PAGES.items():
        (ROOT / name).write_text(made())


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif old := stale():
        sys.exit(f"out of date, run `make docs`: {', '.join(old)}")
