"""Where a run took place, and by which versions: without that line no figure means anything."""

import importlib.metadata
import os
import platform
import shutil
import subprocess

__all__ = ["described"]

_PACKAGES = ("uvloop", "cryptography", "sippy")


def described() -> str:
    """Cores, Python and the versions of everything that was measured."""
    parts = [f"{os.cpu_count()} cores", _processor(), f"Python {platform.python_version()}", _kamailio()]
    parts += [f"{name} {_version(name)}" for name in _PACKAGES]
    return ", ".join(part for part in parts if part)


def _processor() -> str:
    with open("/proc/cpuinfo") as file:  # noqa: PTH123 - a pseudo-file
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _kamailio() -> str:
    if shutil.which("kamailio") is None:
        return "Kamailio not installed"
    told = subprocess.run(["kamailio", "-v"], capture_output=True, text=True, check=False, timeout=10).stdout
    words = told.split()
    return f"Kamailio {words[2]}" if len(words) > 2 else "Kamailio"
