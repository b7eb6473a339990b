"""`ringfence promises` tells what is promised and which tests show it."""

import json

from typer.testing import CliRunner

from ringfence.cli.main import app


def test_a_program_gets_a_list_of_all_promises() -> None:
    told = json.loads(CliRunner().invoke(app, ["promises", "--format", "json"]).output)
    assert {tuple(each) for each in told} == {("id", "source", "sentence", "where", "tests", "kept")}
    assert all(each["kept"] is bool(each["tests"]) for each in told)
    assert next(each for each in told if each["id"] == "ACR-05")["kept"] is True


def test_people_see_which_are_not_kept_yet() -> None:
    lines = CliRunner().invoke(app, ["promises"]).output.splitlines()
    assert len(lines) >= 81
    assert all("kept, " in line or "NOT KEPT YET" in line for line in lines)
