"""What rectification leaves behind."""

from enum import StrEnum

from ringfence.declarations import Category, Keep, Purpose, Record, Source, TechnicalRecord, personal, technical
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId

__all__ = ["Change", "Correction", "Reason", "RecipientNotice", "State", "Superseded", "Way"]


class Change(StrEnum):
    """Of what a recipient is told: Art. 19 GDPR."""

    RECTIFIED = "rectified"
    ERASED = "erased"
    RESTRICTED = "restricted"
    LIFTED = "lifted"


class State(StrEnum):
    """How far a notice has come."""

    DUE = "due"  # a mail is to leave at `next_try`
    SENDING = "sending"  # it may have left; with the same Message-ID it is sent again at `next_try`
    TOLD = "told"
    BY_HAND = "by_hand"  # an officer tells them
    IMPOSSIBLE = "impossible"  # nobody tells them, and `reason` says why


class Way(StrEnum):
    """How a recipient is told, or was."""

    OPERATION = "operation"  # what the protocol does anyway leaves nothing of the datum with them
    MAIL = "mail"
    HAND = "hand"


class Reason(StrEnum):
    """Why a recipient is not told (Art. 19, first sentence)."""

    IMPOSSIBLE = "impossible"
    DISPROPORTIONATE = "disproportionate"
    ADDRESS_GONE = "address_gone"  # only the person knew who that is


class RecipientNotice(
    TechnicalRecord,
    table="recipient_notice",
    number=88,
    index=(("state", "next_try"), ("origin",), ("opened",)),
):
    """That a recipient is to be told of a change, or was. It names no person, so it outlives whom it is about.

    The id is derived from what the notice is about, and is the mail's Message-ID. Days are proleptic ordinals.
    """

    provider: ProviderId = technical("whose customer it was about")
    origin: RowId = technical("the request, correction, restriction or erasure that changed it: a random id")
    recipient: RecipientId = technical("whom to tell; the configuration says who that is")
    change: Change = technical("what has changed")
    reference: RowId | None = technical("by which random id the recipient knows it: of a transmission")
    flows: str = technical("by which flows they received it, with commas", reviewed="names of declared flows")
    tables: str = technical("of which tables, with commas", reviewed="names of declared tables")
    first: int = technical("the first day on which something went to them")
    last: int = technical("the last day")
    state: State = technical("how far it has come")
    way: Way = technical("how they are told")
    reason: Reason | None = technical("why they are not told")
    tries: int = technical("how many mails were tried")
    next_try: float = technical("when the next one leaves (epoch seconds)")
    opened: int = technical("the day on which it was written")
    closed: int | None = technical("the day on which they were told, or it was found that they can't be")


class Correction(Record, table="correction", number=84, keep=Keep.EVIDENCE, index=(("case",),)):
    """That something was corrected: what, never from what to what. Without a request its id is the notices' origin."""

    case: CaseId | None = technical("the request that asked for it; None: the person did it themselves")
    table: str = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    field: str = personal(2, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    at: float = personal(3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)


class Superseded(Record, table="superseded", number=89, keep=Keep.EVIDENCE):
    """A value that was corrected, blocked where a country wants that (LOPDGDD Art. 32); it goes on the day set."""

    table: str = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    row: RowId = personal(2, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    field: str = personal(3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    before: bytes = personal(4, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, secret=True)
