import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import ringfence.persistence.migrations
from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.persistence import Database, NewerDatabase, UnsupportedDatabase
from ringfence.persistence.migrations import configuration
from ringfence.persistence.migrations.autogenerate import import_records, render
from tests.doubles.sealing import MemorySealer


async def test_the_schema_of_the_migrations_is_the_schema_of_the_records(url: str) -> None:
    import_records()
    database = await opened(url)
    async with database.reading() as unit:
        connection = unit._connection
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync, opts={"compare_type": True}), REGISTRY.metadata
            )
        )
    await database.close()
    assert differences == [], "run: python -m ringfence.persistence.migrations.autogenerate, then format"


async def test_opening_again_changes_nothing(url: str) -> None:
    await (await opened(url)).close()
    await (await opened(url)).close()


async def test_a_newer_database_is_refused(url: str) -> None:
    database = await opened(url)
    async with database.transaction() as unit:
        await unit.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))
    await database.close()
    with pytest.raises(NewerDatabase, match="revision=9999_future"):
        await database.open()


def test_the_newest_migration_is_written_from_the_records() -> None:
    import_records()
    steps = configuration_steps()
    text = render()
    before = "".join(text for name, text in steps if not name.startswith("0002"))
    assert all(f'op.create_table("{kind.declaration.name}"' in before + text for kind in REGISTRY)
    compile(text, "0002_rights.py", "exec")


def configuration_steps() -> list[tuple[str, str]]:
    folder = Path(ringfence.persistence.migrations.__file__).parent / "versions"
    return [(step.name, step.read_text("utf-8").replace("\n        ", "")) for step in sorted(folder.glob("0*.py"))]


def test_a_percent_sign_in_the_path_is_no_interpolation() -> None:
    assert configuration().get_main_option("script_location")


@pytest.mark.parametrize("url", ["sqlite://", "mysql://localhost/name"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(UnsupportedDatabase):
        Database(url, sealer=MemorySealer(), clock=ManualClock())


class TestSqlite:
    async def test_it_overwrites_what_it_deletes_and_says_so(self, tmp_path: Path) -> None:
        database = await opened(f"sqlite:///{tmp_path}/main.db")
        assert database.secure_delete
        assert database.path == tmp_path / "main.db"
        assert modes(tmp_path) == [0o600] * 3
        await database.close()

    async def test_it_admits_when_it_does_not(self, tmp_path: Path) -> None:
        database = Database(
            f"sqlite:///{tmp_path}/main.db", sealer=MemorySealer(), clock=ManualClock(), secure_delete=False
        )
        await database.open()
        assert not database.secure_delete
        await database.close()

    async def test_a_checkpoint_empties_the_log_unless_a_reader_needs_it(self, tmp_path: Path) -> None:
        database = await opened(f"sqlite:///{tmp_path}/main.db")
        log = tmp_path / "main.db-wal"
        async with database.reading() as unit:
            await unit.execute(sa.text("SELECT * FROM fence"))
            async with database.transaction() as writer:
                await writer.execute(sa.text("INSERT INTO fence (id, since) VALUES ('x', 0)"))
            assert not await database.checkpoint()
        assert log.stat().st_size > 0
        assert await database.checkpoint()
        assert log.stat().st_size == 0
        await database.close()


async def test_postgresql_never_claims_to_overwrite(postgres_database: Database) -> None:
    assert not postgres_database.secure_delete
    assert postgres_database.path is None
    assert postgres_database.dialect == "postgresql"
    assert await postgres_database.checkpoint()


async def opened(url: str) -> Database:
    database = Database(url, sealer=MemorySealer(), clock=ManualClock())
    await database.open()
    return database


def modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()]
