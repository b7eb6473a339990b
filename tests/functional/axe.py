"""What axe-core finds on a page; it is brought by the test, never by the page."""

from importlib.resources import files

from tests.functional.browser import Page

__all__ = ["complaints"]

_AXE = (files("axe_core_python") / "axe.min.js").read_text("utf-8")
_RULES = '{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}'


def complaints(page: Page) -> list[str]:
    """One line for each rule that is broken, with where."""
    page.value(_AXE + "; 0")
    found = page.value(
        f"axe.run(document, {_RULES}).then(found => found.violations)"
        ".then(all => all.map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' | ')))"
    )
    return list(found)
