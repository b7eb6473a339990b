"""What Ringfence keeps and passes on, said once, in the words of the law.

    services' records.py ──declare──> Record / TechnicalRecord / Flow ──enter──> REGISTRY
                                                                                   │ read by
               persistence (tables, sealing) · data map · exports · erasure · sweeps · notices

A record class says in one place what a table keeps: each field is either `personal` (sealed, with its category,
purpose and source) or `technical` (a plain column of a closed type). What crosses a line without being a column - a
push payload, a SIP header passed on, a log line - is a `Flow` in the same file.

Invariants
- One retention class (`Keep`) per table; one table number, for ever, since sealed rows are bound to it.
- Personal values never become SQL columns: they are packed and sealed per row, one part per person.
- `repr()` of a record names no personal value.

Refuses, when the module is imported: a field without a declaration, a column attached to our metadata that no record
declares, a technical field of an open type (text, bytes, activity times) without a reason, a field tag or table number
used twice.
"""

from ringfence.declarations.declaration import NOBODY, Declaration
from ringfence.declarations.errors import DeclarationFault
from ringfence.declarations.fields import Deadline, Personal, Technical, personal, technical
from ringfence.declarations.flow import FLOWS, Flow, Flows
from ringfence.declarations.handing import Card, Third
from ringfence.declarations.record import REGISTRY, Kept, Record, Registry, TechnicalRecord
from ringfence.declarations.vocabulary import Basis, Category, IdentifierKind, Keep, Medium, Purpose, Role, Source

__all__ = [
    "FLOWS",
    "NOBODY",
    "REGISTRY",
    "Basis",
    "Card",
    "Category",
    "Deadline",
    "Declaration",
    "DeclarationFault",
    "Flow",
    "Flows",
    "IdentifierKind",
    "Keep",
    "Kept",
    "Medium",
    "Personal",
    "Purpose",
    "Record",
    "Registry",
    "Role",
    "Source",
    "Technical",
    "TechnicalRecord",
    "Third",
    "personal",
    "technical",
]
