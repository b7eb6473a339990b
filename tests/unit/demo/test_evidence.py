"""The demo's own look at bytes finds what is there, however it was written down."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.demo.evidence import hexdump, search, spellings

SECRET = "ada.lovelace@demo.example"


@pytest.mark.parametrize(
    "written",
    [
        SECRET.encode(),
        SECRET.upper().encode(),
        SECRET.encode("utf-16-le"),
        SECRET.encode().hex().encode(),
        quote(SECRET, safe="").encode(),
    ],
)
def test_each_spelling_is_found_and_its_place_told(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"\0" * 100 + written + b"\0")
    (find,) = search(tmp_path, [("address", SECRET)])
    assert (find.name, find.file.name, find.offset) == ("address", "file", 100)


@given(before=st.binary(max_size=5), after=st.binary(max_size=5), text=st.text(min_size=8, max_size=30))
def test_base64_is_seen_through_wherever_the_text_stands_in_it(before: bytes, after: bytes, text: str) -> None:
    whole = before + text.encode() + after
    for coded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
        assert any(way in coded for way in spellings(text))


def test_other_bytes_are_no_find(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 50)
    assert search(tmp_path, [("address", SECRET)]) == []


def test_a_stretch_of_a_file_is_shown_with_addresses_and_text() -> None:
    shown = hexdump(b"\0" * 20 + b"Ringfence" + b"\xff" * 20, 21, lines=2).splitlines()
    assert shown == [
        "00000010  00 00 00 00 52 69 6e 67  66 65 6e 63 65 ff ff ff  ....Ringfence...",
        "00000020  ff ff ff ff ff ff ff ff  ff ff ff ff ff ff ff ff  ................",
    ]
