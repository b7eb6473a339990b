"""python -m benchmarks [--quick] [--only NAME] [--json FILE] [--write]"""

import argparse
import asyncio
import datetime as dt
import json
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from benchmarks import accounts, calls, kernel, latency, machine, notices, page, registrations, rights
from benchmarks.figure import Figure, as_json, as_text
from benchmarks.scale import FULL, MINIATURE, QUICK, Scale

SUITES: Final[dict[str, ModuleType]] = {
    "registrations": registrations,
    "calls": calls,
    "latency": latency,
    "accounts": accounts,
    "kernel": kernel,
    "rights": rights,
    "notices": notices,
}


async def run(names: Sequence[str], scale: Scale) -> tuple[list[Figure], int]:
    """The suites, one after the other, and how many failed; says what is left out and why."""
    figures: list[Figure] = []
    failed = 0
    for name in names:
        suite = SUITES[name]
        if lacking := suite.missing():
            print(f"{name}: left out, {lacking}", file=sys.stderr)
            continue
        begun = time.monotonic()
        try:
            figures += await suite.measure(scale)
        except Exception:  # noqa: BLE001 - the outermost loop: the others' minutes are not lost with it
            failed += 1
            traceback.print_exc()
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return figures, failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 whatever the figures, which are for reading; 1 where a suite did not come to its end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ours beside its peers, in one run.")
    scales = parser.add_mutually_exclusive_group()
    scales.add_argument("--quick", action="store_true", help="about a minute instead of five, and coarser")
    scales.add_argument(
        "--miniature", action="store_true", help="only whether everything runs; the figures mean nothing"
    )
    parser.add_argument("--only", action="append", choices=SUITES, help="this suite (may be repeated)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--write", action="store_true", help="put them into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    scale = QUICK if chosen.quick else MINIATURE if chosen.miniature else FULL
    figures, failed = asyncio.run(run(chosen.only or list(SUITES), scale))
    print(machine.described())
    print(as_text(figures))
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine.described(), "figures": as_json(figures)}, indent=1))
    if chosen.write:
        print(page.write(figures, machine.described(), dt.datetime.now(dt.UTC).date()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
