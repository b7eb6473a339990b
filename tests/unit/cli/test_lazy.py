"""What a command imports, and what it does not."""

import subprocess
import sys

import pytest


def imported_by(*arguments: str) -> set[str]:
    program = (
        "import sys; from ringfence.cli.main import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return set(ran.stderr.split())


def test_the_list_of_commands_imports_none_of_them() -> None:
    imported = imported_by("--help")
    assert "ringfence.cli.main" in imported
    assert {each for each in imported if each.startswith(("ringfence.app", "ringfence.privacy", "sqlalchemy"))} == set()


@pytest.mark.parametrize("command", ["make-package", "verify-package"])
def test_a_command_imports_neither_the_server_nor_the_web(command: str) -> None:
    imported = imported_by(command, "--help")
    assert any(each.startswith("ringfence.privacy.packages") for each in imported)
    assert {"fastapi", "ringfence.app.server", "ringfence.demo", "ringfence.gateway"} & imported == set()
