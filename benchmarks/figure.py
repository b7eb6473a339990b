"""One measured figure beside its peer, and how figures are shown."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

__all__ = ["Aim", "Figure", "as_json", "as_markdown", "as_text", "ratio"]


class Aim(enum.Enum):
    """What a figure has to be; each is a test of value and bound."""

    AT_LEAST = ">="
    AT_MOST = "<="

    def held(self, value: float, bound: float) -> bool:
        return value >= bound if self is Aim.AT_LEAST else value <= bound


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is what is judged: a ratio, or a quantity that is true of one process alone."""

    suite: str
    what: str
    value: float
    unit: str  # "x" for ratios
    beside: str = ""  # the peer
    detail: str = ""  # both sides of this run; meaningless on another machine
    aim: Aim | None = None
    bound: float = 0.0

    @property
    def held(self) -> bool | None:
        """None where nothing is aimed at."""
        return None if self.aim is None else self.aim.held(self.value, self.bound)

    @property
    def shown(self) -> str:
        return f"{_round(self.value)} {self.unit}"

    @property
    def aimed(self) -> str:
        return "" if self.aim is None else f"{self.aim.value} {self.bound:g} {self.unit}"

    @property
    def verdict(self) -> str:
        return {None: "", True: "yes", False: "no"}[self.held]


def ratio(
    suite: str,
    what: str,
    ours: Sequence[float],
    beside: str,
    theirs: Sequence[float],
    *,
    unit: str,
    at_least: float | None = None,
) -> Figure:
    """Ours divided by theirs, round by round, and of that the median."""
    value = median(our / their for our, their in zip(ours, theirs, strict=True))
    detail = f"{_round(median(ours))} : {_round(median(theirs))} {unit}"
    aim = Aim.AT_LEAST if at_least is not None else None
    return Figure(suite, what, value, "x", beside, detail, aim, at_least or 0.0)


_COLUMNS: tuple[tuple[str, Callable[[Figure], str]], ...] = (
    ("what", lambda figure: figure.what),
    ("beside", lambda figure: figure.beside),
    ("ours", lambda figure: figure.shown),
    ("aim", lambda figure: figure.aimed),
    ("held", lambda figure: figure.verdict),
    ("in this run", lambda figure: figure.detail),
)


def as_text(figures: Iterable[Figure]) -> str:
    """For a terminal."""
    rows = [[name for name, _ in _COLUMNS], *([show(figure) for _, show in _COLUMNS] for figure in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def as_markdown(figures: Iterable[Figure]) -> str:
    """For docs/benchmarks.md: what is true of this machine alone is left out."""
    columns = [(name, show) for name, show in _COLUMNS if name != "in this run"]
    lines = ["| " + " | ".join(name for name, _ in columns) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(show(figure) for _, show in columns) + " |" for figure in figures]
    return "\n".join(lines)


def as_json(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """For a machine that compares runs."""
    return [
        {**asdict(figure), "aim": figure.aim.value if figure.aim else None, "held": figure.held} for figure in figures
    ]


def _round(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"
