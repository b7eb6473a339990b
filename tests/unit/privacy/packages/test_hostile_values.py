"""What strangers can write (a display name, a note, a device's name) does nothing in whatever opens a package."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.identifiers import SubjectId
from ringfence.privacy.packages.spelling import csv_rows, json_rows, neutral
from ringfence.privacy.packages.view import Rows
from tests.unit.privacy.installation import Installation
from tests.unit.privacy.packages.packing import Packing, contact

FORMULAS = [
    "=cmd|'/C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1",
    "  =1+1", "\xa0=1+1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "|calc", "%0A=1", "+4930901820777",
]  # fmt: skip
MARKUP = [
    "<script>alert(1)</script>", "</td><img src=x onerror=alert(1)>", '" onmouseover="alert(1)', "</style><b>",
    "{{ 7*7 }}", "{% raw %}", "<!--", "&lt;b&gt;", "javascript:alert(1)", "]]>", "\u2028", "\u202eevil",
]  # fmt: skip


async def of_contact(house: Installation, packing: Packing, anna: SubjectId, name: str) -> tuple[str, str, bytes, str]:
    """The CSV cell, the JSON value, the vCards and the page."""
    record = contact(house, anna, name, note=name)
    await packing.add(record)
    package = await packing.made(anna)
    cells = csv.DictReader(io.StringIO(package.files["data/contact.csv"].decode(), newline=""))
    (cell,) = [row["name"] for row in cells if row["id"] == record.id]
    (value,) = [row["name"] for row in package.rows("contact") if row["id"] == record.id]
    return cell, value, package.files["data/contact.vcf"], package.page


@pytest.mark.parametrize("value", FORMULAS)
async def test_no_cell_begins_a_formula(house: Installation, packing: Packing, anna: SubjectId, value: str) -> None:
    cell, exact, _, _ = await of_contact(house, packing, anna, value)
    assert cell == f"'{value}"
    assert exact == value, "the JSON has it as it is"


@pytest.mark.parametrize("value", MARKUP)
async def test_no_value_becomes_markup(house: Installation, packing: Packing, anna: SubjectId, value: str) -> None:
    _, exact, _, page = await of_contact(house, packing, anna, value)
    assert exact == value
    for harmful in ("<script", "<img", "<b>", "<!--", ' onmouseover="'):
        assert harmful not in page.partition("<body>")[2]
    assert page.count("<style>") == page.count("</style>") == 1
    assert "49" not in re.findall(r"<td>([^<]*)</td>", page)


async def test_no_value_ends_a_card_or_begins_a_property(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    evil = "x\r\nEND:VCARD\r\nBEGIN:VCARD\r\nTEL:+1900\rURL:http://evil.example\x00\x1b[31m"
    _, _, cards, _ = await of_contact(house, packing, anna, evil)
    lines = cards.replace(b"\r\n ", b"").split(b"\r\n")
    assert lines.count(b"BEGIN:VCARD") == lines.count(b"END:VCARD") == 2
    assert not any(line.startswith((b"TEL:", b"URL:")) for line in lines)
    assert b"\r" not in b"".join(lines)
    assert b"\x00" not in cards
    assert b"\x1b" not in cards


CELLS = st.one_of(st.text(), st.sampled_from(FORMULAS + MARKUP), st.integers(), st.booleans(), st.none())


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_csv_is_read_back_cell_by_cell(rows: list[tuple[object, object]]) -> None:
    """RFC 4180: commas, quotes and line ends stay inside their cells."""
    made = Rows(("a", "b"), [[row[0] for row in rows], [row[1] for row in rows]])
    spelled = csv_rows(made)
    assert spelled.endswith(b'"\r\n')
    found = list(csv.reader(io.StringIO(spelled.decode("utf-8", "surrogatepass"), newline="")))
    expected = [["" if neutral(cell) is None else str(neutral(cell)) for cell in row] for row in rows]
    assert found == expected
    for row in found:
        assert not any(cell[:1] in {"=", "+", "@", "\t", "\r"} for cell in row)


@given(st.lists(st.tuples(CELLS, st.lists(st.text(), max_size=3)), min_size=1, max_size=20))
def test_json_is_read_back_value_by_value(rows: list[tuple[object, list[str]]]) -> None:
    made = Rows(("id", "list"), [[row[0] for row in rows], [row[1] for row in rows]])
    assert json.loads(b"[" + json_rows(made) + b"]") == [{"id": first, "list": more} for first, more in rows]


def test_lists_in_cells_are_json_and_neutral() -> None:
    assert neutral(["=1", "b"]) == '["=1", "b"]'
    assert neutral({"=": 1}) == '{"=": 1}'
    assert neutral(-1) == -1
    assert neutral("") == ""
