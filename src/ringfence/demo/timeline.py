"""What has been played so far: told to the console as it happens, and to the start page whenever it asks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final, Protocol, final

from ringfence.clock import Clock
from ringfence.demo.assertion import NotHeld
from ringfence.privacy.notices import Catalogue, languages
from ringfence.web.start import Crossing, StepState, StoryStep

__all__ = ["Step", "Timeline", "Witness", "catalogues"]

_CATALOGUE: Final = files("ringfence.demo") / "catalogue"

Facts = dict[str, str | float]


def catalogues() -> dict[str, Catalogue]:
    """The demo's texts by language."""
    return {language: Catalogue.load(_CATALOGUE, language) for language in languages(_CATALOGUE)}


class Witness(Protocol):
    """Hears of everything at once."""

    def began(self, step: "Step") -> None: ...

    def said(self, key: str, facts: Facts) -> None: ...

    def crossed(self, key: str, content: str) -> None: ...

    def ended(self, step: "Step") -> None: ...


@final
@dataclass(slots=True)
class Step:
    """One step while it is played."""

    key: str
    number: int
    begun: float
    """Seconds from the beginning of the story."""
    witness: Witness
    state: StepState = StepState.RUNNING
    sentences: list[tuple[str, Facts]] = field(default_factory=list)
    crossings: list[tuple[str, str]] = field(default_factory=list)

    def say(self, key: str, **facts: str | float) -> None:
        """A sentence of the catalogue, `say.<key>`."""
        self.sentences.append((f"say.{key}", facts))
        self.witness.said(f"say.{key}", facts)

    def show(self, key: str, content: str) -> None:
        """What crossed the line `line.<key>`, whole."""
        self.crossings.append((f"line.{key}", content))
        self.witness.crossed(f"line.{key}", content)

    def explain(self, broken: NotHeld) -> None:
        """Say why it did not hold."""
        self.sentences.append((broken.key, broken.facts))
        self.witness.said(broken.key, broken.facts)

    def told(self, catalogue: Catalogue) -> StoryStep:
        return StoryStep(
            number=self.number,
            title=catalogue.text(f"title.{self.key}"),
            state=self.state,
            seconds=self.begun,
            said=[catalogue.text(key, **facts) for key, facts in self.sentences],
            crossed=[Crossing(catalogue.text(key), content) for key, content in self.crossings],
        )


@final
class Timeline:
    """The steps in order. Fulfils the start page's port `Story`."""

    def __init__(self, clock: Clock, witness: Witness) -> None:
        self.played: list[Step] = []
        self._clock, self._witness = clock, witness
        self._start = clock.monotonic()
        self._catalogues = catalogues()

    def steps(self, language: str) -> Sequence[StoryStep]:
        catalogue = self._catalogues[language]
        return [step.told(catalogue) for step in self.played]

    @property
    def seconds(self) -> float:
        return self._clock.monotonic() - self._start

    @contextmanager
    def step(self, key: str, *, proves: bool = False) -> Iterator[Step]:
        """Play a step inside; it failed when anything is raised (an OSError comes out as NotHeld).

        `proves` marks what is verified by somebody else than the server.
        """
        step = Step(key, len(self.played) + 1, self.seconds, self._witness)
        self.played.append(step)
        self._witness.began(step)
        try:
            yield step
        except NotHeld as broken:
            step.explain(broken)
            raise
        except OSError as error:
            unreachable = NotHeld("unreachable", what=type(error).__name__)
            step.explain(unreachable)
            raise unreachable from error
        else:
            step.state = StepState.PROVEN if proves else StepState.HELD
        finally:
            if step.state is StepState.RUNNING:
                step.state = StepState.FAILED
            self._witness.ended(step)
