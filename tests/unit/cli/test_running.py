"""What a process sets up for itself before it serves; asked of another process, since limits can not be taken back."""

import subprocess
import sys

_ASKS = """
import resource
from ringfence.cli.running import allow_connections, forbid_core_files
forbid_core_files()
print(resource.getrlimit(resource.RLIMIT_CORE))
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 400))
print(allow_connections(), resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_a_server_leaves_no_core_files_and_takes_every_connection_that_it_may() -> None:
    told = subprocess.run([sys.executable, "-c", _ASKS], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["(0, 0)", "400 (400, 400)"]
