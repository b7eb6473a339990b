"""What every answer of the start page carries, and what it never does."""

from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from ringfence.services.reachability import State
from ringfence.web.start import Imprint, LiveDevice, Notice, Pages, start_routes


class Nothing:
    def current(self, language: str) -> Notice:
        return Notice("1", language, [])

    def entries(self, language: str) -> list[object]:
        return []


def pages(**changes: object) -> Pages:
    nothing = Nothing()
    values = {"imprint": Imprint("P", "C", "write to us"), "notices": nothing, "data_map": nothing, "schema": dict}
    return Pages(**(values | changes))  # type: ignore[arg-type]  # doubles


async def get(made: Pages, path: str, accept_language: str = "") -> Response:
    """Ask the application itself, without a socket."""
    application = ASGITransport(Starlette(routes=start_routes(made)))
    async with AsyncClient(transport=application, base_url="http://test") as client:
        return await client.get(path, headers={"accept-language": accept_language})


async def test_every_answer_forbids_what_is_foreign_or_inline() -> None:
    for path in ("/", "/live", "/notice", "/data-map", "/api", "/openapi.json", "/static/start.css"):
        answer = await get(pages(), path)
        headers, body = answer.headers, answer.text
        assert answer.status_code == 200
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "set-cookie" not in headers
        assert " style=" not in body
        assert "http://" not in body.replace("http://www.w3.org", "")
        assert "https://" not in body


async def test_the_header_chooses_the_language_and_the_address_overrules_it() -> None:
    preferred = await get(pages(), "/", "de-DE")
    assert preferred.headers["content-language"] == "de"
    assert '<html lang="de">' in preferred.text
    chosen = await get(pages(), "/?lang=en", "de-DE")
    assert chosen.headers["content-language"] == "en"
    assert 'href="/notice?lang=en"' in chosen.text


async def test_live_states_are_shown_only_where_they_were_handed_in() -> None:
    class Live:
        def devices(self) -> list[LiveDevice]:
            return [LiveDevice("k7q2", True, State.REGISTERED)]

        def calls(self) -> list[object]:
            return []

    assert "k7q2" in (await get(pages(live=Live()), "/")).text
    assert "data-list" not in (await get(pages(), "/")).text


async def test_texts_of_others_are_escaped_and_only_backticks_mark_code() -> None:
    schema = {"paths": {"/x": {"get": {"summary": "<b>", "description": "a `<i>` b", "responses": {}}}}}
    body = (await get(pages(schema=lambda: schema), "/api")).text
    assert "<strong>&lt;b&gt;</strong>" in body
    assert "a <code>&lt;i&gt;</code> b" in body


async def test_an_officer_without_a_mail_address_is_shown_as_text() -> None:
    body = (await get(pages(), "/")).text
    assert "write to us" in body
    assert "mailto" not in body
