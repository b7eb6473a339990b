"""The scan finds a needle however it is written, and says where; what it can't read it names."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.rights.scan import Medium, scan, scan_bytes

VALUE = "Änne.Example/7@sip.example.org"
NUMBER = "+4930901820000"


def needle(value: str | bytes = VALUE) -> Needle:
    found = Needle.clear("table.field", [value])
    assert found is not None
    return found


def sees(content: bytes, value: str | bytes = VALUE) -> bool:
    return bool(scan_bytes("medium", "file", content, [needle(value)]))


@pytest.mark.parametrize(
    "content",
    [
        VALUE.encode(),
        VALUE.upper().encode().replace("Ä".encode(), "Ä".encode()),
        VALUE.encode("utf-16-le"),
        VALUE.encode("utf-16-be"),
        VALUE.encode().hex().encode(),
        VALUE.encode().hex().upper().encode(),
        quote(VALUE, safe="").encode(),
        json.dumps(VALUE).encode(),
        json.dumps(VALUE).replace("/", "\\/").encode(),
        zlib.compress(b"log line " + VALUE.encode()),
        gzip.compress(gzip.compress(b"export " + VALUE.encode())),
        *(base64.b64encode(b"x" * shift + VALUE.encode() + b"yy") for shift in range(3)),
        *(base64.urlsafe_b64encode(b"\xff" * shift + VALUE.encode() + b"\xff") for shift in range(3)),
    ],
)
def test_a_value_is_found_in_each_spelling(content: bytes) -> None:
    assert sees(b"something before " + content + b" something behind")


@pytest.mark.parametrize("packed", ["4930901820000f", "940309810200f0", "493090182000"])
def test_a_number_is_found_as_packed_digits_in_both_orders(packed: str) -> None:
    assert sees(b"ab" + bytes.fromhex(packed) + b"cd", NUMBER)


def test_what_is_not_there_is_not_found() -> None:
    assert not sees(b"nothing of the kind, though Aenne.Example stands here")
    assert not sees(b"\x1f\x8b\x08 looks like gzip and is none \x78\x9c neither")


def test_a_value_too_short_to_tell_from_chance_is_no_needle() -> None:
    assert Needle.clear("table.field", ["de", b"\1\2"]) is None


def test_a_needle_does_not_show_its_value() -> None:
    assert VALUE not in repr(needle())


def test_random_bytes_are_found_by_their_end_also_as_hex() -> None:
    secret = bytes(range(60))
    exact = Needle.exact(NeedleKind.SEALED, "table.sealed", secret)
    for content in (secret, secret.hex().encode(), base64.b64encode(secret[-16:])):
        assert scan_bytes("medium", "file", b"...." + content, [exact])
    assert not scan_bytes("medium", "file", secret[:50], [exact])


def test_a_needle_at_the_border_of_two_windows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.privacy.rights.scan._WINDOW", 64)
    monkeypatch.setattr("ringfence.privacy.rights.scan._OVERLAP", 40)
    (tmp_path / "log").write_bytes(b"." * 50 + VALUE.encode() + b"." * 500)
    looked = scan([Medium("logs", (tmp_path,))], [needle()])
    assert {(each.medium, each.file, each.column, each.offset) for each in looked.findings} == {
        ("logs", "log", "table.field", 50)
    }
    assert looked.read == {"logs": (1, 50 + len(VALUE.encode()) + 500)}


def test_a_needle_in_a_files_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "export-anna.example@sip.example.org.json").touch()
    assert scan([Medium("exports", (tmp_path,))], [needle("anna.example@sip.example.org")]).columns() == {"table.field"}


def test_a_damaged_stream_is_read_as_far_as_it_goes() -> None:
    packed = bytearray(zlib.compress(VALUE.encode() + bytes(range(256)) * 400, level=0))
    packed[-3] ^= 255
    assert sees(bytes(packed))


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = Medium("keyring", (tmp_path / "gone",))
    remote = Medium("remote", unread="on another server")
    loop = tmp_path / "loop"
    loop.mkdir()
    (loop / "socket").symlink_to(loop / "socket")
    looked = scan([missing, remote, Medium("loop", (loop,))], [needle()])
    assert looked.read == {"keyring": (0, 0), "loop": (0, 0)}
    assert looked.unread == {"remote": "on another server"}


def test_a_file_that_vanishes_while_reading_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x")

    def failing(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("ringfence.privacy.rights.scan._scan_file", failing)
    assert scan([Medium("logs", (tmp_path,))], [needle()]).unread == {"logs/a": "PermissionError"}


@given(st.text(min_size=6, max_size=60), st.binary(max_size=50), st.binary(max_size=50))
def test_any_text_is_found_between_any_bytes(value: str, before: bytes, behind: bytes) -> None:
    assert sees(before + value.encode() + behind, value)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_scanned(content: bytes) -> None:
    scan_bytes("medium", "file", b"\x1f\x8b\x08" + content + b"\x78\x9c" + content, [needle()])
