"""Writes the first migration anew from the records; allowed until the first release, when it becomes history."""

import importlib
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext

import ringfence
from ringfence.declarations import REGISTRY

__all__ = ["import_records", "main", "render"]

_TARGET = Path(__file__).parent / "versions" / "0001_spine.py"
_HEAD = '''"""The spine's tables: written by `python -m ringfence.persistence.migrations.autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "0001_spine"
down_revision = None
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
    """The text of a migration that makes all declared tables in an empty database."""
    with sa.create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection)
        upgrade = produce_migrations(context, REGISTRY.metadata).upgrade_ops
    return _HEAD + _indented(upgrade)


def _indented(upgrade: UpgradeOps | None) -> str:
    code = render_python_code(upgrade) if upgrade is not None else "pass"
    lines = [line.removeprefix("    ") for line in code.splitlines() if not line.strip().startswith("#")]
    return "".join(f"    {line}\n" for line in lines).replace("'", '"')


if __name__ == "__main__":
    main()
