"""Messages that are wrong in one way each: the file is named after its defect, the table says what it gets."""

import contextlib
import tomllib
from pathlib import Path

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.explain import explain
from ringfence.protocols.sip.framing import Stream, datagram
from ringfence.protocols.sip.validate import check

HERE = Path(__file__).parent / "malformed"
VERDICTS = tomllib.loads((HERE / "verdicts.toml").read_text())


@pytest.mark.parametrize("defect", VERDICTS)
def test_the_defect_is_named_and_answered(defect: str) -> None:
    found = explain((HERE / f"{defect}.sip").read_bytes())
    assert found.verdict == "reject"
    assert [found.status or 0, found.reason] == VERDICTS[defect]


def test_every_file_has_its_verdict() -> None:
    assert {path.stem for path in HERE.glob("*.sip")} == set(VERDICTS)


@pytest.mark.parametrize("defect", VERDICTS)
def test_the_error_shows_no_byte_of_the_message(defect: str) -> None:
    with pytest.raises(BadMessage) as caught:
        check(datagram((HERE / f"{defect}.sip").read_bytes()))
    assert str(caught.value) == f"bad_sip_message (reason={caught.value.reason}, status={caught.value.status})"


@pytest.mark.parametrize("defect", VERDICTS)
def test_a_stream_takes_it_whole_or_breaks_with_our_error(defect: str) -> None:
    with contextlib.suppress(BadMessage):
        list(Stream().feed((HERE / f"{defect}.sip").read_bytes()))
