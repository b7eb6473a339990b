import pytest

from tests.architecture import pages


def test_the_generated_pages_say_what_the_code_says() -> None:
    assert pages.stale() == [], "run `make docs`"


def test_every_error_code_says_what_it_means() -> None:
    pages.everything()
    rows = [line for line in pages.error_codes().splitlines() if line.startswith("| `")]
    assert rows
    assert not [row for row in rows if row.rstrip(" |").endswith(("ours", "operator's", "peer's"))]


def test_a_stale_page_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pages.PAGES, "docs/settings.md", lambda: "something else")
    assert "docs/settings.md" in pages.stale()
