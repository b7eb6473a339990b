"""Writes the newest migration anew from the records: what they add to the steps before it.

Allowed until the release that ships the step; then it is history, and `_NEWEST` names the next one.
"""

import importlib
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext

import ringfence
from ringfence.declarations import REGISTRY
from ringfence.persistence.migrations import CONNECTION, configuration

__all__ = ["import_records", "main", "render"]

_BEFORE: Final = "0001_spine"
_NEWEST: Final = "0002_rights"
_TARGET: Final = Path(__file__).parent / "versions" / f"{_NEWEST}.py"
_HEAD: Final = f'''"""The tables of people's rights; written by `ringfence.persistence.migrations.autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "{_NEWEST}"
down_revision = "{_BEFORE}"
branch_labels = None
depends_on = None


def upgrade() -> None:
'''


def main() -> None:
    """Import all records and write the file."""
    import_records()
    _TARGET.write_text(render(), encoding="utf-8")


def import_records() -> None:
    """Import every module named `records` below the composition root, so that all tables are declared."""
    root = Path(ringfence.__file__).parent
    for path in sorted(root.rglob("records.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[0] != "app":  # it declares nothing, and builds everything
            importlib.import_module(".".join(("ringfence", *parts)))


def render() -> str:
    """The text of a migration from the step before to all that is declared."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        config = configuration()
        config.attributes[CONNECTION] = connection
        command.upgrade(config, _BEFORE)
        context = MigrationContext.configure(connection)
        upgrade = produce_migrations(context, REGISTRY.metadata).upgrade_ops
    engine.dispose()
    return _HEAD + _indented(upgrade)


def _indented(upgrade: UpgradeOps | None) -> str:
    code = render_python_code(upgrade) if upgrade is not None else "pass"
    lines = [line.removeprefix("    ") for line in code.splitlines() if not line.strip().startswith("#")]
    return "".join(f"    {line}\n" for line in lines).replace("'", '"')


if __name__ == "__main__":
    main()
