"""Billing: invoices, kept as long as the country's law demands, also when their customer has gone.

    web/api, console ──add, bring_in (CSV)──> Billing ──Invoice──> persistence, under keys of its own class
                                                 │ find, bind                     │ survives the person's erasure
                                                 v                                v
                              keyring: customer number, SIP address      retention: each on its own day
    tables of the law ──until──> Terms

Invariants: an invoice's end follows from its day and the law, and from nothing else; one number is one invoice; a file
is kept whole or not at all; what is handed in twice is there once.

Refuses: an invoice of nobody we know, a second one under a number that says something else, a file without limits.
"""

from ringfence.services.billing.draft import Draft
from ringfence.services.billing.errors import (
    BillingFault,
    CustomerUnknown,
    FileUnusable,
    InvoiceDiffers,
    InvoiceUnusable,
)
from ringfence.services.billing.ports import Customers, Terms
from ringfence.services.billing.records import Invoice, Origin
from ringfence.services.billing.service import Billing, Effect, Imported, Line
from ringfence.services.billing.sheet import SheetLimits
from ringfence.services.billing.terms import Books, LawfulTerms

__all__ = [
    "Billing",
    "BillingFault",
    "Books",
    "CustomerUnknown",
    "Customers",
    "Draft",
    "Effect",
    "FileUnusable",
    "Imported",
    "Invoice",
    "InvoiceDiffers",
    "InvoiceUnusable",
    "LawfulTerms",
    "Line",
    "Origin",
    "SheetLimits",
    "Terms",
]
