"""What a package says is public is there, and what it says of itself is said where a reader looks."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import ringfence
from tests.architecture.locks import ROOT


def _modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(ringfence.__path__, "ringfence."):
        if not found.name.endswith("__main__") and ".migrations.versions" not in found.name:
            yield found.name


MODULES = sorted(_modules())
SERVICES = sorted(path.parent for path in (ROOT / "src/ringfence/services").glob("*/__init__.py"))


def _load(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_exists(name: str) -> None:
    module = _load(name)
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), f"{name}.__all__ names {public}, which is not there"


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert (_load(name).__doc__ or "").strip(), f"{name} opens without a word"


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_every_service_has_the_same_skeleton(service: Path) -> None:
    for file in ("README.md", "__init__.py", "service.py"):
        assert (service / file).is_file(), f"{service} has no {file}"
