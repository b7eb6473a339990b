"""Which publication holds for one person. Nobody is moved to one that they were not told of a month before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from ringfence.privacy.notices.editions import Publication
from ringfence.privacy.notices.month import month_after
from ringfence.privacy.notices.text import Versions

__all__ = ["Standing"]


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """One person's. `published` is all there is, oldest first, never empty; `agreed` what they enrolled to.

    `told` leads from the number of a publication to when (epoch seconds) they were told of it.
    """

    published: Sequence[Publication]
    agreed: Versions
    told: Mapping[int, float]

    @property
    def newest(self) -> Publication:
        return self.published[-1]

    @property
    def enrolled_to(self) -> Publication:
        """The publication that they agreed to; the first, for who agreed before editions were kept."""
        return next((each for each in reversed(self.published) if each.versions == self.agreed), self.published[0])

    def held(self, now: float) -> Publication:
        """What holds for them."""
        holding = [each for each in self.published if self._since(each, now=None) <= now]
        return holding[-1] if holding else self.enrolled_to

    def holds_from(self, publication: Publication, now: float) -> float:
        """From when on it holds for them; if they are not told yet, as if they were told now."""
        return self._since(publication, now)

    def must_be_told(self) -> bool:
        """Whether they lack the notice of what is coming."""
        needs = self.newest.needs
        return needs > self.enrolled_to.number and not any(number >= needs for number in self.told)

    def _since(self, publication: Publication, now: float | None) -> float:
        if publication.number <= self.enrolled_to.number or publication.needs <= self.enrolled_to.number:
            return publication.holds_from
        told = [at for number, at in self.told.items() if number >= publication.needs]
        if now is not None:
            told.append(now)
        return max(publication.holds_from, month_after(min(told))) if told else float("inf")
