"""What a run of some suites does to the page of figures."""

import datetime as dt

from benchmarks.figure import Figure
from benchmarks.page import BEGIN, END, PAGE, replaced

DAY = dt.date(2026, 1, 2)
EMPTY = f"# Benchmarks\n\n{BEGIN}\n\n{END}\n\nText.\n"


def figure(suite: str, value: float) -> Figure:
    return Figure(suite, f"{suite} figure", value, "ms")


def test_a_run_of_one_suite_keeps_the_figures_and_the_day_of_the_others() -> None:
    both = replaced(EMPTY, [figure("calls", 1.0), figure("kernel", 2.0)], "a machine", DAY)
    page = replaced(both, [figure("kernel", 3.0)], "another machine", DAY + dt.timedelta(days=1))
    calls, kernel = page.split("### kernel")
    assert "1.00 ms" in calls
    assert "Run of 2026-01-02 on a machine." in calls
    assert "3.00 ms" in kernel
    assert "2.00 ms" not in kernel
    assert "Run of 2026-01-03 on another machine." in kernel


def test_a_suite_that_left_no_figures_keeps_its_old_ones() -> None:
    page = replaced(EMPTY, [figure("calls", 1.0)], "a machine", DAY)
    assert replaced(page, [], "another machine", DAY) == page


def test_what_is_written_by_hand_stays() -> None:
    page = replaced(EMPTY, [figure("calls", 1.0)], "a machine", DAY)
    assert page.startswith("# Benchmarks\n\n")
    assert page.endswith(f"{END}\n\nText.\n")


def test_the_page_that_is_there_is_read_as_it_is_written() -> None:
    text = PAGE.read_text()
    assert replaced(text, [], "a machine", DAY) == text
