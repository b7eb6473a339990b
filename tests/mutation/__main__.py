"""`make mutate`: every figure of the promises and every row of the legal tables, changed in turn.

    python -m tests.mutation [--only TEXT] [--list]

Exit code 0 when at least one promise's test failed for each, 1 with the list of those that nobody noticed, 2 when tests
could not be run for some, or fail on the tree as it is: what fails anyway notices nothing.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

import pytest

from tests.architecture.locks import ROOT
from tests.mutation.mutant import Mutant, of_numbers, of_table

_NUMBERS: Final = ROOT / "tests" / "mutation" / "numbers.toml"
TABLES: Final = {
    "src/ringfence/privacy/egress/mechanisms.toml": ("tests/unit/privacy/egress/test_intervals.py",),
    "src/ringfence/privacy/law/tables": ("tests/unit/privacy/law/test_tables.py",),
}
"""Legal tables (files, or folders of them) with the tests that show what they promise."""
_COPIED: Final = ("src", "tests", "pyproject.toml", "docs", "benchmarks")
_UNSOUND: Final = 2
_WORKERS: Final = max(1, os.cpu_count() or 1)


def mutants() -> list[Mutant]:
    """All of them, in the order of the files."""
    found = list(of_numbers(ROOT, _NUMBERS))
    for place, tests in TABLES.items():
        path = ROOT / place
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            found += of_table(ROOT, str(file.relative_to(ROOT)), tests)
    return found


T = TypeVar("T")


class Outcome(Enum):
    """What tests said of a tree. Only tests that ran and failed have noticed something."""

    PASSED = "SURVIVED"
    FAILED = "caught"
    NOT_RUN = "NOT RUN"  # none was found, a file could not be read, the process was killed

    @classmethod
    def of(cls, code: int) -> "Outcome":
        """From pytest's exit code. Tests that passed before and can't be imported now have noticed it, too."""
        known: dict[int, Outcome] = {
            pytest.ExitCode.OK: cls.PASSED,
            pytest.ExitCode.TESTS_FAILED: cls.FAILED,
            pytest.ExitCode.INTERRUPTED: cls.FAILED,  # a law that is refused when it is read
        }
        return known.get(code, cls.NOT_RUN)


def unchanged(tests: tuple[str, ...]) -> Outcome:
    """What the tests say of the tree as it is. Runs in a process of its own."""
    return Outcome.of(_run(_tree(), tests))


def changed(mutant: Mutant) -> Outcome:
    """What the promises' tests say of a tree with the change. Runs in a process of its own."""
    tree = _tree()
    file = tree / mutant.file
    whole = file.read_text("utf-8")
    file.write_text(mutant.applied(whole), "utf-8")
    try:
        return Outcome.of(_run(tree, mutant.tests))
    finally:
        file.write_text(whole, "utf-8")


def _run(tree: Path, tests: Sequence[str]) -> int:
    child = os.fork()  # what a run imports is gone with it; what this process imported is there already
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.chdir(tree)
    sys.path[:] = [path for path in sys.path if not path.startswith(str(ROOT / "src")) and path not in ("", str(ROOT))]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("ringfence", "tests")]:
        del sys.modules[name]
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    words = ["-q", "-x", "-m", "promise", "-p", "no:cacheprovider", *tests]
    os._exit(int(pytest.main(words)))


_TREES: dict[int, Path] = {}


def _tree() -> Path:
    """A copy of what the tests need, this worker's own."""
    tree = _TREES.get(os.getpid())
    if tree is None:
        tree = _TREES[os.getpid()] = Path(
            tempfile.mkdtemp(prefix=f"mutation-{os.getpid()}-", dir=os.environ["MUTATION"])
        )
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, tree / name)
    return tree


def _chosen() -> list[Mutant]:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", default="", help="only changes whose line contains this text")
    parser.add_argument("--list", action="store_true", help="say what would be changed, and stop")
    asked = parser.parse_args()
    chosen = [mutant for mutant in mutants() if asked.only in mutant.name]
    if asked.list:
        sys.stdout.writelines(f"{mutant.name}\n" for mutant in chosen)
        sys.exit(0)
    return chosen


def judged(chosen: Sequence[Mutant], pool: Executor) -> int:
    """The exit code; tells of each as it comes. Changes nothing where tests do not pass without a change."""
    sets = list(dict.fromkeys(mutant.tests for mutant in chosen))
    unsound = [tests for tests, said in _paired(pool, unchanged, sets) if said is not Outcome.PASSED]
    if unsound:
        sys.stdout.writelines(f"does not pass without a change: {' '.join(tests)}\n" for tests in unsound)
        return _UNSOUND
    counted = Counter[Outcome]()
    for number, (mutant, said) in enumerate(_paired(pool, changed, chosen), 1):
        sys.stdout.write(f"{number}/{len(chosen)} {said.value:<8} {mutant.name}\n")
        sys.stdout.flush()
        counted[said] += 1
    sys.stdout.write(f"{counted[Outcome.FAILED]} of {len(chosen)} changes were noticed\n")
    return _UNSOUND if counted[Outcome.NOT_RUN] else int(counted[Outcome.PASSED] > 0)


def _paired(pool: Executor, does: Callable[[T], Outcome], with_: Sequence[T]) -> Iterator[tuple[T, Outcome]]:
    return zip(with_, pool.map(does, with_), strict=True)


def main() -> None:
    """Run as it is; then change, run, tell."""
    chosen = _chosen()
    with tempfile.TemporaryDirectory(prefix="ringfence-mutation-") as folder:
        os.environ["MUTATION"] = folder
        with ProcessPoolExecutor(_WORKERS) as pool:
            sys.exit(judged(chosen, pool))


if __name__ == "__main__":
    main()
