"""What a look may be for."""

from enum import StrEnum, unique

__all__ = ["LookReason"]


@unique
class LookReason(StrEnum):
    """A closed list: it goes into the ledger, and to the person in their language (`looks.reason.<value>`)."""

    ANSWER_REQUEST = "answer_request"
    CHECK_IDENTITY = "check_identity"
    CORRECT_DATA = "correct_data"
    SOLVE_FAULT = "solve_fault"
    QUESTION_OF_PERSON = "question_of_person"
    BILLING = "billing"
    PREVENT_ABUSE = "prevent_abuse"
    LEGAL_DEMAND = "legal_demand"
