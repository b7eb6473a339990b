"""Who agreed to what, in memory: the bits that the egress gate asks for between two packets.

What another process wrote is known here once it is loaded anew; until then the bits may say yes where the database
says no. They are the gate's second look: the first, at the moment of sending, is `Consents.held`.
"""

from collections.abc import Iterable
from typing import final

from ringfence.identifiers import RecipientId, SubjectId
from ringfence.privacy.consent.choice import Channel, Choice
from ringfence.privacy.consent.records import ConsentState

__all__ = ["Memory"]


@final
class Memory:
    """The standing choices of each person; one who is not here has agreed to nothing."""

    __slots__ = ("_known", "_opted_out")

    def __init__(self) -> None:
        self._known: dict[SubjectId, tuple[int, frozenset[Choice]]] = {}
        self._opted_out: set[SubjectId] = set()

    def learn(self, state: ConsentState) -> None:
        """Takes over a committed state, unless a later one is here already."""
        changes, _ = self._known.get(state.subject, (-1, frozenset()))
        if state.changes >= changes:
            self._known[state.subject] = state.changes, frozenset(standing.choice for standing in state.standing)
            (self._opted_out.add if state.opted_out else self._opted_out.discard)(state.subject)

    def close(self, subject: SubjectId, choices: Iterable[Choice] | None) -> None:
        """These (None: all) are no longer relied on, even before that is committed."""
        changes, known = self._known.get(subject, (-1, frozenset()))
        self._known[subject] = changes, frozenset() if choices is None else known - frozenset(choices)

    def forget(self, subject: SubjectId) -> None:
        self._known.pop(subject, None)
        self._opted_out.discard(subject)

    def opted_out(self, subject: SubjectId) -> bool:
        return subject in self._opted_out

    def codes(self, subject: SubjectId, recipient: RecipientId | None, channel: Channel | None) -> frozenset[str]:
        """The codes of the purposes agreed to towards exactly this recipient, by exactly this channel."""
        _, known = self._known.get(subject, (-1, frozenset()))
        return frozenset(
            choice.purpose.value for choice in known if choice.recipient == recipient and choice.channel == channel
        )
