"""The schema's history, in the open: one file per step in `versions/`, run when the database is opened.

A step expands (new tables and columns that the running release ignores), is deployed, and is contracted by a later
step. Personal fields live inside sealed parts and need no step at all.

    python -m ringfence.persistence.migrations.autogenerate    writes the newest step anew from the records
"""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ringfence.persistence.errors import NewerDatabase

__all__ = ["CONNECTION", "configuration", "migrate"]

CONNECTION = "connection"  # the attribute under which `env.py` finds our connection
_ADVISORY_LOCK = 0x52494E47  # one migration at a time, whichever process started first


def migrate(connection: sa.Connection) -> None:
    """Bring the schema up to this release, within the connection's transaction; raises NewerDatabase."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    at = MigrationContext.configure(connection).get_current_heads()
    if set(at) == _last():
        return
    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for revision in at:
        if revision not in known:
            raise NewerDatabase(revision=revision)
    config.attributes[CONNECTION] = connection
    command.upgrade(config, "head")


@cache
def _last() -> frozenset[str]:
    """The step, or steps, at which this release's schema ends."""
    return frozenset(ScriptDirectory.from_config(configuration()).get_heads())


def configuration() -> Config:
    """Alembic's configuration: no ini file, this folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
