"""The disclosure log's table."""

import datetime as dt

from ringfence.declarations import Category, Keep, Purpose, Record, Source, personal, technical
from ringfence.identifiers import RecipientId

__all__ = ["Disclosure"]


class Disclosure(Record, table="disclosure", number=10, keep=Keep.DISCLOSURE):
    """That a flow about a person went to a recipient, from the first day to the last."""

    recipient: RecipientId = technical("to whom; the configuration says who that is")
    flow: str = personal(1, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
    first_day: dt.date = personal(2, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
    last_day: dt.date = personal(3, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
