"""What holds for every test: nothing is skipped where CI says so, and both databases are at hand."""

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, settings

from tests.doubles.databases import elsewhere
from tests.peers import postgres

_SKIP_NOTHING = bool(os.environ.get("RINGFENCE_SKIP_NOTHING"))


# How long an example takes says how busy the machine is, and nothing of what the test asks.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """Let children of tests compile what they import once in a session where the shell says to leave no bytecode."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = tempfile.TemporaryDirectory(prefix="ringfence-bytecode-")
        config.add_cleanup(folder.cleanup)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where every peer is said to be installed."""
    report = yield
    if _SKIP_NOTHING and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and nothing may be skipped here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL of the session's own; skips where none is installed."""
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as server:
        yield server


@pytest.fixture
def each_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The test runs on each; for modules whose main databases are placed by `tests.doubles.databases`."""
    kind: str = request.param
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with elsewhere(server) if server else nullcontext():
        yield kind


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by database; once for what looks into SQLite's own file."""
    if "each_database" in metafunc.fixturenames:
        only_sqlite = metafunc.definition.get_closest_marker("sqlite_file")
        kinds = ["sqlite"] if only_sqlite else ["sqlite", "postgresql"]
        metafunc.parametrize("each_database", kinds, indirect=True)
