"""The shell: what every page carries, and what it makes of what browsers send."""

import re
from importlib.resources import files
from tempfile import SpooledTemporaryFile
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ringfence.clock import ManualClock
from ringfence.errors import PeerFault
from ringfence.privacy.notices import Catalogue, languages
from ringfence.randomness import SeededRandomness
from ringfence.web.look import (
    FIELD,
    Csrf,
    ForeignForm,
    Form,
    FormLimits,
    FormTooOld,
    Imprint,
    SessionCookie,
    Shell,
    Words,
    look_files,
    read_form,
)
from ringfence.web.look.shell import Handler
from tests.unit.web.visitor import Visitor

IMPRINT = Imprint("Example Telecom", "Example Telecom Ltd", "privacy@provider.example")
SHELL = Shell("ringfence.web.look", "/", IMPRINT)
FOLDER = files("ringfence.web.look") / "catalogue"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def client(handler: Handler, base: str = "https://test", host: str = "192.0.2.1") -> Visitor:
    routes = [Route("/", SHELL.handled(handler), methods=["GET", "POST"]), look_files()]
    return Visitor(routes, base=base, host=host)


def request_of(headers: dict[str, str]) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in {"host": "ringfence.example", **headers}.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": b""})


class Trouble(PeerFault):
    code = "too_many_requests"
    http_status = 429


@pytest.mark.promise("CTP-14")
@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "bg", "cs"])
def test_an_error_page_speaks_the_readers_language_and_names_the_officer(language: str) -> None:
    async def handler(request: Request) -> Response:
        raise Trouble(retry_after=12.5)

    answer = client(handler).get("/", headers={"accept-language": language})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "12"
    assert f'<html lang="{language}">' in answer.text
    assert Words("ringfence.web.look", language)("error.429.todo") in answer.text
    assert "privacy@provider.example" in answer.text


def test_a_page_may_send_forms_only_where_it_has_one() -> None:
    async def handler(request: Request) -> Response:
        return SHELL.page(request, "look/failure.html", {"key": "error.404"}, token=request.headers.get("x-token", ""))

    pages = client(handler)
    without, with_form = pages.get("/"), pages.get("/", headers={"x-token": "t"})
    assert "form-action 'none'" in without.headers["content-security-policy"]
    assert "form-action 'self'" in with_form.headers["content-security-policy"]
    for answer in (without, with_form):
        assert answer.headers["cache-control"] == "no-store"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_what_all_pages_load_is_served_under_the_same_policy() -> None:
    async def handler(request: Request) -> Response:
        return Response()

    for name in ("tokens.css", "look.css", "icon.svg"):
        answer = client(handler).get(f"/style/{name}")
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.promise("ZOI-24")
def test_the_cookie_is_a_random_id_for_this_host_alone_and_no_script_reads_it() -> None:
    cookie = SessionCookie("ringfence", SeededRandomness(1))

    async def handler(request: Request) -> Response:
        answer = Response(cookie.read(request))
        cookie.set(request, answer, cookie.fresh())
        return answer

    browser = client(handler)
    said = browser.get("/").headers["set-cookie"]
    assert re.fullmatch(r"__Host-ringfence=[A-Za-z0-9_-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", said)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", browser.get("/").text)


@pytest.mark.promise("ZOI-24")
def test_a_cookie_never_takes_what_could_be_a_name() -> None:
    cookie = SessionCookie("ringfence", SeededRandomness(1))
    with pytest.raises(ValueError, match=r"^$"):
        cookie.set(request_of({}), Response(), "alice@provider.example")


def test_on_plain_http_only_the_loopback_has_a_cookie_that_browsers_take() -> None:
    cookie = SessionCookie("ringfence", SeededRandomness(1))

    async def handler(request: Request) -> Response:
        answer = Response()
        cookie.set(request, answer, cookie.fresh())
        return answer

    assert client(handler, "http://test", "127.0.0.1").get("/").headers["set-cookie"].startswith("ringfence-loopback=")
    assert client(handler, "http://test", "192.0.2.1").get("/").headers["set-cookie"].startswith("__Host-ringfence=")


def test_a_form_is_taken_from_the_browser_it_was_shown_to_and_from_no_other() -> None:
    clock = ManualClock()
    csrf = Csrf(clock, SeededRandomness(), seconds=60)
    ours = request_of({"sec-fetch-site": "same-origin"})
    token = csrf.token("session-a")
    csrf.check(ours, "session-a", token)
    for session, shown in (("session-b", token), ("", csrf.token("")), ("session-a", ""), ("session-a", token[:-1])):
        with pytest.raises(ForeignForm):
            csrf.check(ours, session, shown)
    clock.advance(61)
    with pytest.raises(FormTooOld):
        csrf.check(ours, "session-a", token)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "https://ringfence.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_what_the_browser_says_came_from_elsewhere_is_refused_even_with_the_right_token(
    headers: dict[str, str],
) -> None:
    csrf = Csrf(ManualClock(), SeededRandomness())
    with pytest.raises(ForeignForm):
        csrf.check(request_of(headers), "session", csrf.token("session"))
    csrf.check(request_of({"origin": "https://ringfence.example"}), "session", csrf.token("session"))


@given(st.text(max_size=60))
def test_no_token_that_somebody_makes_up_is_taken_or_breaks_anything(token: str) -> None:
    csrf = Csrf(ManualClock(), SeededRandomness())
    with pytest.raises(ForeignForm):
        csrf.check(request_of({}), "session", token)


def test_fields_are_read_into_values_or_into_errors_that_help() -> None:
    form = Form({"name": "  Ada \u202e Lovelace\x00 ", "why": "a\r\nb", "kind": "other", "pin": "12\x0034"})
    assert form.text("name") == "Ada Lovelace"
    assert form.letter("why") == "a\nb"
    assert form.text("absent", needed=False) == ""
    assert form
    assert form.text("absent") == form.choice("kind", ("access",)) == form.secret("pin") == ""
    assert form.errors == {"absent": "error.field.missing", "kind": "error.field.choose", "pin": "error.field.unfit"}
    assert "pin" not in form.values
    assert form.text("why", most=1) == "a"
    assert form.errors["why"] == "error.field.long"


@given(st.text())
def test_a_cleaned_line_holds_nothing_that_cannot_be_seen_and_can_be_encoded(text: str) -> None:
    line = Form({"x": text}).text("x", needed=False, most=1_000)
    assert line == line.strip()
    assert not set(line) & set("\n\r\t\x00\u202e\u2066")
    line.encode()


def upload(limits: FormLimits, **sent: Any) -> str:
    async def handler(request: Request) -> Response:
        form = await read_form(request, limits)
        found = form.document("paper")
        return Response(repr((found, form.errors, form.text("name", needed=False))))

    return client(handler).post("/", **sent).text


def test_a_document_is_known_by_its_first_bytes_and_has_no_name() -> None:
    limits = FormLimits(files=1, file_bytes=200)
    assert "Document(image/png, 108 bytes)" in upload(limits, files={"paper": ("ada.pdf", PNG, "application/pdf")})
    assert "error.field.document" in upload(limits, files={"paper": ("a.png", b"<script>", "image/png")})
    assert "error.field.document" in upload(limits, files={"paper": ("a.png", PNG + bytes(200), "image/png")})


async def test_an_upload_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def rolled(self: SpooledTemporaryFile[bytes]) -> None:
        raise AssertionError

    monkeypatch.setattr(SpooledTemporaryFile, "rollover", rolled)
    sent = {"paper": ("a.png", PNG + bytes(2_900_000), "image/png")}
    request = httpx.Request("POST", "https://test/", files=sent)
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": request.headers.raw}
    chunks = [{"type": "http.request", "body": request.read(), "more_body": False}]

    async def receive() -> dict[str, object]:
        return chunks.pop()

    lowered = [(name.lower(), value) for name, value in request.headers.raw]
    form = await read_form(Request({**scope, "headers": lowered}, receive), FormLimits(files=1))
    assert form.document("paper")


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"name": "x"}},
        {"data": {f"f{i}": "x" for i in range(50)}},
        {"data": {"name": "x" * 40_000}},
        {"files": {"paper": ("a.png", PNG)}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=y"}},
        {"content": b"", "headers": {"content-type": "multipart/form-data"}},
    ],
    ids=["json", "many-fields", "long-field", "unasked-file", "broken", "no-boundary"],
)
def test_a_body_that_is_no_form_of_ours_is_refused(sent: dict[str, object]) -> None:
    assert "could not read" in upload(FormLimits(), **sent)


@given(st.binary(max_size=300))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        upload(FormLimits(files=1), content=body, headers={"content-type": kind})


def test_counts_agree_with_their_nouns() -> None:
    for number, said in ((1, "zbývá 1 den"), (3, "zbývají 3 dny"), (5, "zbývá 5 dní")):
        assert Words("ringfence.web.look", "cs").left(number) == said
    assert Words("ringfence.web.look", "en").left(-1) == "1 day late"
    assert Words("ringfence.web.look", "de").day(1_800_000_000.0) == "15. Januar 2027"


def test_every_language_has_every_text_with_the_same_facts() -> None:
    english, *others = (Catalogue.load(FOLDER, language) for language in languages(FOLDER))
    assert len(others) == 5
    for other in others:
        assert other.keys == english.keys
        for key in english.keys:
            assert _facts(other.text(key)) == _facts(english.text(key)), key


def test_the_hidden_field_is_the_one_that_is_checked() -> None:
    assert f'name="{FIELD}"' in (files("ringfence.web.look") / "templates" / "parts.html").read_text("utf-8")


def _facts(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)", text))
