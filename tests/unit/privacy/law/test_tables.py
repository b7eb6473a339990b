"""The tables as they ship: each row is the one that was written down a second time, and a damaged table is refused."""

import re
import shutil
from collections.abc import Callable
from dataclasses import fields
from importlib import resources
from pathlib import Path

import pytest

from ringfence.privacy.law import Law, LawMisstated
from ringfence.privacy.law.table import COUNTRIES, Table

LAW = Law.load()
TABLES = {
    name: table for name in (field.name for field in fields(LAW)) if isinstance(table := getattr(LAW, name), Table)
}
AGREED = (Path(__file__).parent / "rows.md").read_text("utf-8")


def section(table: str) -> tuple[list[str], list[list[str]]]:
    """Which fields rows.md tells of a table, and its lines, cell by cell."""
    heading, *lines = AGREED.split(f"\n## {table}: ")[1].split("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    return heading.split(", "), cells[2:]


def agreed(table: str) -> list[tuple[str, ...]]:
    return sorted((country, *cells[:3]) for cells in section(table)[1] for country in cells[3].split())


def shipped(table: str) -> list[tuple[str, ...]]:
    told = section(table)[0]
    return sorted(
        (
            row.country,
            " ".join(text(getattr(row, field)) for field in told),
            row.valid_from.isoformat(),
            row.valid_to.isoformat() if row.valid_to else "",
        )
        for row in TABLES[table]
    )


def text(value: object) -> str:
    if isinstance(value, tuple):
        return "+".join(sorted(value)) or "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


COMPARED = (
    "terms",
    "places",
    "authorities",
    "courts",
    "ages",
    "invoices",
    "traffic",
    "claims",
    "blocking",
    "documents",
    "heirs",
    "representatives",
    "exceptions",
    "grounds",
)


@pytest.mark.promise("ACR-13")
@pytest.mark.promise("CTP-07")
@pytest.mark.promise("CTP-08")
@pytest.mark.promise("IPS-06")
@pytest.mark.promise("ZOI-09")
@pytest.mark.promise("ZOI-22")
@pytest.mark.promise("ZOI-25")
@pytest.mark.parametrize("table", COMPARED)
def test_every_row_is_the_one_that_was_agreed(table: str) -> None:
    assert shipped(table) == agreed(table)


def test_no_table_is_left_out_of_the_comparison() -> None:
    assert set(COMPARED) == set(TABLES)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_names_an_authority_one_can_reach(country: str) -> None:
    authority = LAW.country(country).authority
    assert authority.url.startswith("https://")
    assert re.fullmatch(r"([^@\s]+@[^@\s]+\.[a-z]+)?", authority.mail)
    assert re.search(r"\d", authority.address)
    assert authority.name
    assert authority.english


def test_every_document_rule_climbs_from_the_mildest_step_and_offers_four_kinds() -> None:
    for row in LAW.documents:
        assert row.ladder == ("session", "pin", "callback", "redacted_document")
        assert len(set(row.kinds)) == 4


def test_no_number_is_absurd() -> None:
    for invoice in LAW.invoices:
        assert 5 <= invoice.years <= 11
        assert invoice.months == 0
    for age in LAW.ages:
        assert 13 <= age.years <= 16
    for traffic in LAW.traffic:
        assert traffic.years == traffic.delay_months == 0


Damage = Callable[[Path], None]


def damaged(tmp_path: Path, table: str, old: str, new: str) -> Path:
    with resources.as_file(resources.files("ringfence.privacy.law").joinpath("tables")) as source:
        folder = Path(shutil.copytree(source, tmp_path / "tables"))
    file = folder / f"{table}.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("table", "old", "new", "problem"),
    [
        ("ages", "years = 14", "years = 14\nyear = 14", "unknown field"),
        ("ages", "years = 14", 'years = "14"', "Expected `int`"),
        ("ages", 'country = "AT"', 'country = "XX"', "unknown_country"),
        ("ages", 'article = "DSG § 4(4)"', 'article = ""', "no_article"),
        ("ages", 'country = "AT"', 'country = "BE"', "intervals_overlap"),
        ("ages", "valid_to = 2024-01-01", "valid_to = 2024-01-02", "intervals_overlap"),
        ("ages", "valid_to = 2024-01-01", "valid_to = 2018-05-25", "interval_is_empty"),
        ("ages", "years = 14", "valid_to = 2030-01-01\nyears = 14", "country_incomplete"),
        ("ages", "[[rule]]", "[[rules]]", "not_a_list_of_rules"),
        ("ages", "years = 14", "years = ", "unreadable"),
        ("heirs", '"access", "portability"', '"acess", "portability"', "Invalid enum value"),
        ("exceptions", '"access", "portability"', '"acess", "portability"', "Invalid enum value"),
        ("terms", 'unit = "months"', 'unit = "days"', "extension_in_another_unit"),
        ("authorities", "latin_address = ", "note = ", "no_latin_name"),
        ("authorities", 'english = "Hellenic Data Protection Authority"', 'english = "Αρχή"', "no_latin_name"),
        ("courts", "latin = ", "note = ", "no_latin_name"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, table: str, old: str, new: str, problem: str) -> None:
    with pytest.raises(LawMisstated, match=re.escape(problem)):
        Law.load(damaged(tmp_path, table, old, new))


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawMisstated, match="unreadable"):
        Law.load(tmp_path)
