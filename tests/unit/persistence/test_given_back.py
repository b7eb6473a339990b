"""The databases that tests on PostgreSQL hand on to each other: what one test left, no other finds."""

from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it brings no types

from tests.doubles.databases import elsewhere, main_database

_ROW = "INSERT INTO agreement (id, provider, subject, sealed) VALUES ('1', 'example', 'anna', '')"


async def told(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def tables(url: str) -> dict[str, int]:
    """Every table, with how many rows it has."""
    connection = await asyncpg.connect(url)
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for (name,) in names}  # noqa: S608 - ours
    await connection.close()
    return found


def place(folder: Path, name: str) -> str:
    (folder / name).mkdir()
    return main_database(folder / name, "main.db")


async def test_rows_and_tables_of_one_test_are_not_there_for_the_next(postgres_server: str, tmp_path: Path) -> None:
    with elsewhere(postgres_server):
        first = place(tmp_path, "first")
        fresh = await tables(first)
        await told(first, "CREATE TABLE more (id text)", "INSERT INTO more VALUES ('1')", _ROW)
        assert await tables(first) == {**fresh, "more": 1, "agreement": 1}
    with elsewhere(postgres_server):
        assert place(tmp_path, "second") == first
        assert await tables(first) == fresh


async def test_a_database_whose_schema_was_changed_is_not_handed_on(postgres_server: str, tmp_path: Path) -> None:
    with elsewhere(postgres_server):
        first = place(tmp_path, "first")
        await told(first, "ALTER TABLE alembic_version ADD COLUMN more text")
    with elsewhere(postgres_server):
        assert place(tmp_path, "second") != first


async def test_a_database_that_says_it_is_newer_is_not_handed_on(postgres_server: str, tmp_path: Path) -> None:
    with elsewhere(postgres_server):
        first = place(tmp_path, "first")
        await told(first, "UPDATE alembic_version SET version_num = '9999_future'")
    with elsewhere(postgres_server):
        assert place(tmp_path, "second") != first
