"""The small parts: sealed files, masks, cards, links."""

import re
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.declarations import Card, Source, Third
from ringfence.identifiers import RowId
from ringfence.privacy.packages import FileDamaged, LinkInvalid, Links, Origin, origin_of
from ringfence.privacy.packages.others import applied, hiding_callers
from ringfence.privacy.packages.sealedfile import SealedWriter, unsealed
from ringfence.privacy.packages.vcard import cards
from ringfence.randomness import SeededRandomness

KEY = b"k" * 32
CHUNK = 1 << 16

# Sealed files


def sealed(path: Path, *pieces: bytes) -> bytes:
    writer = SealedWriter(path, KEY, "name", SeededRandomness())
    for piece in pieces:
        writer.write(piece)
    writer.close()
    assert writer.size == sum(map(len, pieces))
    return path.read_bytes()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_what_was_sealed_is_read_back(tmp_path: Path, size: int) -> None:
    content = SeededRandomness(size).bytes(size)
    pieces = [content[at : at + 10_007] for at in range(0, size, 10_007)]
    stored = sealed(tmp_path / "file", *pieces)
    assert b"".join(unsealed(tmp_path / "file", KEY, "name")) == content
    assert size < 16 or content[:16] not in stored


def test_a_sealed_file_does_not_open_under_another_key_or_name(tmp_path: Path) -> None:
    sealed(tmp_path / "file", b"content")
    for key, name in ((b"x" * 32, "name"), (KEY, "other")):
        with pytest.raises(FileDamaged):
            list(unsealed(tmp_path / "file", key, name))


def test_no_cut_and_no_swap_goes_unnoticed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    stored = sealed(path, bytes(3 * CHUNK))
    head, chunk = 13, CHUNK + 16
    chunks = [stored[head + at * chunk : head + (at + 1) * chunk] for at in range(3)]
    for spoilt in (
        stored[:head], stored[: head - 1], b"", stored[: head + chunk], stored[: head + 2 * chunk],
        stored[:head] + chunks[1] + chunks[0] + chunks[2], stored[:head] + chunks[0] + chunks[2], stored + b"x",
        stored + chunks[0], stored[:7] + bytes([stored[7] ^ 1]) + stored[8:],
    ):  # fmt: skip
        path.write_bytes(spoilt)
        with pytest.raises(FileDamaged):
            list(unsealed(path, KEY, "name"))


@given(st.integers(0, 13 + CHUNK + 16 + 116 - 1), st.integers(1, 255))
def test_every_bit_counts(at: int, flipped: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        stored = bytearray(sealed(path, bytes(CHUNK + 100)))
        stored[at] ^= flipped
        path.write_bytes(bytes(stored))
        with pytest.raises(FileDamaged):
            list(unsealed(path, KEY, "name"))


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    sealed(tmp_path / "file", b"content")
    with pytest.raises(FileExistsError):
        SealedWriter(tmp_path / "file", KEY, "name", SeededRandomness())


def test_what_was_abandoned_can_not_be_read(tmp_path: Path) -> None:
    writer = SealedWriter(tmp_path / "file", KEY, "name", SeededRandomness())
    writer.write(bytes(3 * CHUNK))
    writer.abandon()
    with pytest.raises(FileDamaged):
        list(unsealed(tmp_path / "file", KEY, "name"))


# Somebody else


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("+4930901820777", "+4930901820•••"),
        ("sip:+4930901820777@pbx.example.org", "sip:+4930901820•••@pbx.example.org"),
        ("SIPS:berta@example.org", "SIPS:b•••@example.org"),
        ("tel:+49 30 901820", "tel:+49 30 901•••"),
        ("Berta Beispiel", "B•••"),
        ("berta@example.org", "b•••@example.org"),
        ("", ""),
        (["+4930901820777", "Berta"], ["+4930901820•••", "B•••"]),
        ({"name": "Berta"}, {"name": "B•••"}),
        (12, None),
        (b"picture", None),
        (None, None),
    ],
)
def test_a_mask_leaves_enough_to_recognise_what_one_knows(value: object, masked: object) -> None:
    assert applied(Third.MASKED, value) == masked


@given(st.from_regex(r"\+?[0-9]{6,15}", fullmatch=True))
def test_no_mask_lets_the_last_digits_of_a_number_through(number: str) -> None:
    masked = applied(Third.MASKED, number)
    assert isinstance(masked, str)
    assert len(masked) == len(number)
    assert masked[-3:] == "•••"
    assert masked[:-3] == number[:-3]


def test_a_rule_of_its_own_shows_or_withholds() -> None:
    assert applied(Third.SHOWN, "x") == "x"
    assert applied(Third.WITHHELD, "x") is None


def test_callers_who_hide_are_found_in_a_column() -> None:
    column = ["Berta", "Anonymous", 5, None, "sip:anonymous@example.org", "x@anonymous.invalid", "Privateer", "anonym "]
    assert hiding_callers(column) == [1, 4, 5, 7]
    assert hiding_callers(["Berta", ""]) == []


def test_every_source_has_an_origin() -> None:
    assert {source: origin_of(source) for source in Source if origin_of(source) is not Origin.RECEIVED} == {
        Source.PERSON: Origin.PROVIDED, Source.REPRESENTATIVE: Origin.PROVIDED, Source.DEVICE: Origin.OBSERVED,
        Source.GENERATED: Origin.GENERATED,
    }  # fmt: skip


# Cards


@given(st.dictionaries(st.sampled_from(list(Card)), st.lists(st.text(max_size=200), max_size=3), max_size=9))
def test_a_card_is_well_formed_whatever_stands_on_it(values: dict[Card, list[str]]) -> None:
    fields = {card.name: card for card in values}
    made = cards(fields, [{"id": "i", **{card.name: texts for card, texts in values.items()}}])
    assert made.endswith(b"\r\n")
    lines = made[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() is not None for line in lines), "no character is cut in two"
    whole = made.replace(b"\r\n ", b"").decode()[:-2].split("\r\n")
    assert (whole[0], whole[1], whole[-1]) == ("BEGIN:VCARD", "VERSION:4.0", "END:VCARD")
    assert sum(line.startswith("FN:") for line in whole) >= 1
    assert all(re.match(r"(FN|NICKNAME|TEL|IMPP|EMAIL|ORG|TITLE|NOTE|URL|UID)[;:]", line) for line in whole[2:-1])
    told = sum(bool(text) for texts in values.values() for text in texts)
    extra = not any(values.get(Card.FORMATTED_NAME, []))
    assert len(whole) == 4 + told + extra


def test_a_number_becomes_a_uri_and_what_is_none_stays_text() -> None:
    made = cards({"n": Card.PHONE, "s": Card.SIP_ADDRESS}, [{"id": "1", "n": ["+49 30 1", "ask, me"], "s": "a b@c"}])
    assert b"\r\nTEL;VALUE=uri:tel:+49301\r\nTEL;VALUE=text:ask\\, me\r\nIMPP:sip:a%20b@c\r\n" in made


# Links

PACKAGE, OTHER = RowId("p" * 26), RowId("o" * 26)


@pytest.mark.promise("ACR-13")
def test_a_link_works_in_its_session_for_its_package_and_for_a_while() -> None:
    clock = ManualClock()
    links = Links(b"s" * 32, clock)
    token = links.make(PACKAGE, "session")
    links.check(token, PACKAGE, "session")
    assert "session" not in token
    for wrong, package, session in (
        (token, OTHER, "session"), (token, PACKAGE, "other"), ("", PACKAGE, "session"),
        (token[:-1], PACKAGE, "session"),
    ):  # fmt: skip
        with pytest.raises(LinkInvalid):
            links.check(wrong, package, session)
    with pytest.raises(LinkInvalid):
        Links(b"t" * 32, clock).check(token, PACKAGE, "session")
    clock.advance(901)
    with pytest.raises(LinkInvalid):
        links.check(token, PACKAGE, "session")


def test_no_link_is_stretched() -> None:
    links = Links(b"s" * 32, ManualClock())
    until, _, mac = links.make(PACKAGE, "session").partition(".")
    for token in (f"{int(until) + 1}.{mac}", f"{until}0.{mac}", f".{mac}", f"²{until}.{mac}", f"-1.{mac}", "é." + mac):
        with pytest.raises(LinkInvalid):
            links.check(token, PACKAGE, "session")
    assert all(first != second for first, second in pairwise([links.make(PACKAGE, name) for name in "abc"]))
