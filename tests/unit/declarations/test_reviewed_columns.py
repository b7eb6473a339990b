"""The short list of plain columns whose type could hold anything, each with the reason why it does not.

A new one turns this test red: read its reason, then write it into `reviewed.toml`.
"""

import tomllib
from pathlib import Path

from ringfence.declarations import REGISTRY
from ringfence.persistence.migrations.autogenerate import import_records

_LIST = Path(__file__).with_name("reviewed.toml")


def test_every_plain_column_of_an_open_type_was_reviewed() -> None:
    import_records()
    declared = {
        f"{kind.declaration.name}.{field.name}": field.says.reviewed
        for kind in REGISTRY
        for field in kind.declaration.technical
        if field.says.reviewed is not None and field.name != "due"
    }
    reviewed = tomllib.loads(_LIST.read_text(encoding="utf-8"))
    wanted = "".join(f'"{column}" = "{reason}"\n' for column, reason in sorted(declared.items()))
    assert declared == reviewed, f"{_LIST.name} should say:\n{wanted}"
