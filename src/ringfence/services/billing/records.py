"""What billing keeps."""

import datetime as dt
from enum import StrEnum

from ringfence.declarations import Category, Keep, Purpose, Record, Source, personal, technical

__all__ = ["Invoice", "Origin"]


class Origin(StrEnum):
    """From whom an invoice came."""

    PROVIDER = "provider"
    PAYMENT_PROCESSOR = "payment_processor"


class Invoice(Record, table="invoice", number=100, keep=Keep.INVOICE):
    """One invoice. The row's id follows from its number, so that the same number is the same row.

    Amounts are in the smallest unit of the currency (cents). `due` follows from the day and the country's law.
    """

    origin: Origin = technical("from whom it came")
    number: str = personal(1, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)
    issued: dt.date = personal(2, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)
    name: str = personal(3, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)
    what: str = personal(4, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)
    net: int = personal(5, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER, quantity=True)
    tax: int = personal(6, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER, quantity=True)
    currency: str = personal(7, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)
    payment: str = personal(8, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PAYMENT_PROCESSOR, default="")
    customer: str = personal(9, Category.CUSTOMER_NUMBER, Purpose.KEEP_ACCOUNTS, Source.PROVIDER, default="")
