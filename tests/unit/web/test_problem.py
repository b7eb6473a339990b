"""Errors of ours as problems: the peer learns what to change, and nothing about our side."""

import json

import pytest

from ringfence.errors import OperatorFault, PeerFault
from ringfence.web.problem import known_codes, language_of, of_error, texts


class Misjoined(OperatorFault):
    code = "misjoined"
    http_status = 503


class Odd(PeerFault):
    code = "odd"
    http_status = 409


def test_the_facts_of_our_own_faults_stay_with_us() -> None:
    body = json.loads(bytes(of_error(Misjoined(upstream="pbx-canary"), "en").body))
    assert body["code"] == "misjoined"
    assert "canary" not in str(body)
    assert body["title"] == texts("internal", "en")["title"]


def test_a_code_without_a_text_of_its_own_keeps_its_code_and_its_facts() -> None:
    body = json.loads(bytes(of_error(Odd(limit=3), "de").body))
    assert (body["code"], body["status"], body["limit"]) == ("odd", 409, 3)
    assert body["title"] == texts("bad_request", "de")["title"]


def test_who_has_to_wait_is_told_how_long_in_the_header() -> None:
    assert of_error(Odd(retry_after=12.4), "en").headers["retry-after"] == "12"


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "en"), ("de", "de"), ("fr,de;q=0.5", "de"), ("fr", "en"), ("EN-gb", "en"), (";;,,", "en"), ("*", "en")],
)
def test_the_first_language_that_we_speak_is_taken(accept: str, language: str) -> None:
    assert language_of(accept) == language


def test_what_the_pbx_can_refuse_has_its_own_text() -> None:
    expected = {"credentials_refused", "too_many_failures", "upstream_does_not_challenge", "upstream_unavailable"}
    assert expected <= known_codes()
