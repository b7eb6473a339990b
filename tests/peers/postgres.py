"""A private PostgreSQL of the machine's own binaries, for as long as a test session lasts."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["binaries", "cluster", "fresh_database", "visible_files"]

_SETTINGS = {  # nothing here outlives the session, so nothing waits for the disk
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
}


def binaries() -> Path | None:
    """The folder of the newest server installed; None when there is none (or nobody to run it as)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found or (os.geteuid() == 0 and shutil.which("runuser") is None):
        return None
    return found[-1].parent


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster on a free port of the loopback; yields the URL of its server, without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-postgres-"))
    owner = "postgres" if os.geteuid() == 0 else getpass.getuser()
    if os.geteuid() == 0:
        shutil.chown(folder, owner)
    data, port = folder / "data", _free_port()
    try:
        _run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        listen = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        _run("pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"{options} {listen}", "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            _run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(server: str, name: str, template: str = "template1") -> str:
    """Make a database, empty or as the template is (to which nobody may be connected); returns its URL."""
    _sql(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


def visible_files(server: str) -> Path:
    """The server's own folder (base, pg_wal, ...), after everything in its memory was written there."""
    _sql(server, "CHECKPOINT")
    return Path(_sql(server, "SHOW data_directory").strip())


def _sql(server: str, statement: str) -> str:
    port = server.rpartition(":")[2]
    return _run("psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-q", "-A", "-t", "-c", statement)


def _run(program: str, *arguments: object) -> str:
    folder = binaries()
    assert folder is not None
    command = [str(folder / program), *map(str, arguments)]
    if os.geteuid() == 0:  # the server refuses to be started by root
        command = ["runuser", "-u", "postgres", "--", *command]
    # pg_ctl's server would keep a captured pipe open, so output goes to a file
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdout=output, stderr=output, check=False, cwd="/", timeout=60)
        output.seek(0)
        said = output.read().decode()
    assert done.returncode == 0, said
    return said


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
