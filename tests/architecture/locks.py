"""Are pyproject.toml, uv.lock and the hashed requirements in step? `python -m tests.architecture.locks` says so.

Needs no uv: the exported files are compared with uv.lock package by package and hash by hash.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = ("requirements.lock", "requirements-dev.lock", "benchmarks/requirements.lock")
"""What is exported from uv.lock: to run, to develop, and the peers of `make bench` that are Python packages."""
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
_NAME = re.compile(r"^[A-Za-z0-9_.-]+")

Pins = dict[str, tuple[str, frozenset[str]]]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(root: Path = ROOT) -> Pins:
    """Name -> (version, hashes) of every package in uv.lock but our own."""
    packages = tomllib.loads((root / "uv.lock").read_text())["package"]
    return {
        package["name"]: (
            package["version"],
            frozenset(file["hash"] for file in [*package.get("wheels", []), package.get("sdist")] if file),
        )
        for package in packages
        if "registry" in package["source"]
    }


def pinned(file: Path) -> Pins:
    """Name -> (version, hashes) of every requirement of a hashed requirements file."""
    pins: Pins = {}
    name = ""
    for line in file.read_text().splitlines():
        if pin := _PIN.match(line):
            name = _canonical(pin[1])
            pins[name] = (pin[2], frozenset())
        if name and (hashes := _HASH.findall(line)):
            pins[name] = (pins[name][0], pins[name][1] | set(hashes))
    return pins


def asked(root: Path = ROOT) -> set[str]:
    """The runtime dependencies that pyproject.toml names."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return {_canonical(match[0]) for each in project["dependencies"] if (match := _NAME.match(each))}


def out_of_step(root: Path = ROOT) -> list[str]:
    """One line per disagreement; empty when all is well."""
    lock = locked(root)
    files = {name: pinned(root / name) for name in FILES}
    run = files["requirements.lock"]
    wrong = [
        f"{name}: asked for in pyproject.toml, not in requirements.lock" for name in sorted(asked(root) - set(run))
    ]
    for file, pins in files.items():
        wrong += [f"{file}: {name} differs from uv.lock" for name in sorted(pins) if lock.get(name) != pins[name]]
    exported = {name for pins in files.values() for name in pins}
    wrong += [f"{name}: in uv.lock, in no requirements file" for name in sorted(set(lock) - exported)]
    return wrong


if __name__ == "__main__":
    problems = out_of_step()
    print(*problems, sep="\n", end="\n" if problems else "")  # noqa: T201 - this is a command
    sys.exit(f"{len(problems)} out of step: run `make lock`" if problems else None)
