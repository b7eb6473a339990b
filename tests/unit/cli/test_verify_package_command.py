"""`ringfence verify-package`: says whether a copy is whole and whose it is, by text or JSON and exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ringfence.cli.main import app
from tests.unit.privacy.installation import installed, prepared
from tests.unit.privacy.packages.packing import Packing, peopled


@pytest.mark.promise("ACR-13")
async def test_a_copy_is_checked_from_the_command_line(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path / "house")) as house:
        package = await Packing(house).made(await peopled(house))
        key = house.signer.public_key
    file = tmp_path / "mine.zip"
    file.write_bytes(package.content)
    said = CliRunner().invoke(app, ["verify-package", str(file), "--key", key])
    assert said.exit_code == 0
    assert said.stdout.startswith("sound: ")
    assert "signed by the key that you gave" in said.stdout
    told = json.loads(CliRunner().invoke(app, ["verify-package", str(file), "--format", "json"]).stdout)
    assert (told["sound"], told["trusted"], told["key"], told["rows"]) == (True, False, key, 7)
    said = CliRunner().invoke(app, ["verify-package", str(file), "--key", "0" * 64])
    assert (said.exit_code, said.stdout) == (1, "NOT SOUND\n  other_key manifest.json\n")
    file.write_bytes(package.content[: len(package.content) // 2])
    said = CliRunner().invoke(app, ["verify-package", str(file)])
    assert (said.exit_code, said.stdout) == (1, "NOT SOUND\n  not_a_readable_archive\n")
