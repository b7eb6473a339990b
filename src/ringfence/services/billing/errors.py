"""What billing refuses; an import says the same codes line by line."""

from ringfence.errors import PeerFault

__all__ = ["BillingFault", "CustomerUnknown", "FileUnusable", "InvoiceDiffers", "InvoiceUnusable"]


class BillingFault(PeerFault):
    """Root of all; the facts name columns, never what stands in them."""

    code = "billing"
    http_status = 400


class InvoiceUnusable(BillingFault):
    """A column lacks a value or has one that can't be; the fact `column` says which."""

    code = "invoice_unusable"


class CustomerUnknown(BillingFault):
    """Neither the customer number nor the SIP address leads to anybody, or they lead to two people."""

    code = "customer_unknown"
    http_status = 404


class InvoiceDiffers(BillingFault):
    """There is an invoice of that number already, and it says something else."""

    code = "invoice_differs"
    http_status = 409


class FileUnusable(BillingFault):
    """The file is too large, is no text in UTF-8, or lacks columns; the facts say which."""

    code = "invoice_file_unusable"
