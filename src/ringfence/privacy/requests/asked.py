"""What somebody asks, as it comes in, within limits: a stranger may fill any of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.requests.errors import AskedTooMuch
from ringfence.privacy.requests.identity import Proof
from ringfence.privacy.requests.kind import Channel, Delivery, Kind, Relation

__all__ = ["MOST_DETAILS", "MOST_LINE", "MOST_TEXT", "Asked", "Identifier", "check_limits"]

MOST_TEXT: Final = 20_000
"""Characters of a letter: some eight pages."""
MOST_LINE: Final = 320
"""Characters of a name, an address or the name of a detail: as long as a mail address can be."""
MOST_DETAIL: Final = 2_000
MOST_DETAILS: Final = 32


@final
@dataclass(frozen=True, slots=True)
class Identifier:
    """By what the provider would know the person: an account, a number, a customer number."""

    kind: IdentifierKind
    value: str = field(repr=False)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    `subject` and `proof` come from a session or a PIN, never from what somebody typed. `received` (epoch seconds) is
    when it reached the provider, if that was before now: a letter's clock runs from the letter box. `staff` is who
    entered it for the person. `details` say what is to be done: which datum becomes what (rectification), which
    processing (objection), where to send it (`transmit_to`). `quiet`: no acknowledgement, as for a machine's mail.
    """

    provider: ProviderId
    kind: Kind
    channel: Channel
    subject: SubjectId | None = None
    proof: Proof = Proof.NONE
    relation: Relation = Relation.SELF
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    language: str = "en"
    text: str = field(default="", repr=False)
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    identifier: Identifier | None = None
    mandate: str = field(default="", repr=False)
    """Which paper allows it to somebody who asks for another."""
    received: float | None = None
    staff: StaffId | None = None
    follows: CaseId | None = None
    quiet: bool = False
    portal: bool = False
    """Answers are left where the person signs in, whatever the channel."""
    message: RowId | None = None
    """The mail that says it; a mail that was read before changes nothing."""

    @property
    def delivery(self) -> Delivery:
        """How answers reach them: by mail if they gave an address, where they signed in, else on paper."""
        if "@" in self.contact:
            return Delivery.MAIL
        signs_in = self.portal or self.channel in {Channel.PORTAL, Channel.API}
        return Delivery.PORTAL if signs_in else Delivery.POST


def check_limits(asked: Asked) -> None:
    """Raises AskedTooMuch."""
    identifier = asked.identifier.value if asked.identifier else ""
    lines = (asked.name, asked.contact, asked.language, identifier, *asked.details)
    _within("text", asked.text, MOST_TEXT)
    _within("mandate", asked.mandate, MOST_DETAIL)
    for line in lines:
        _within("line", line, MOST_LINE)
    for detail in asked.details.values():
        _within("detail", detail, MOST_DETAIL)
    if len(asked.details) > MOST_DETAILS:
        raise AskedTooMuch(what="details", most=MOST_DETAILS)


def _within(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise AskedTooMuch(what=what, most=most)
