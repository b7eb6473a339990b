"""The data map: what is held about people, why, how long, from where and for whom; derived, never written by hand.

    REGISTRY (records and flows) ──entries──> Entry ──render──> Markdown for people, JSON for machines
                                                │
                          cli data-map · docs/data-map.md · the Art. 30 record · notice sentences
    words/<language>.toml ──said, kept──> the same, in the reader's language

Invariants: an entry exists for each personal field and for each category of each flow, and for nothing else; equal
declarations render to equal bytes.

Refuses nothing: what could not stand in a map could not be declared.
"""

from ringfence.privacy.datamap.entry import Entry, EntryKind, TechnicalColumn, entries, technical_columns
from ringfence.privacy.datamap.page import Format, render
from ringfence.privacy.datamap.wording import Word, flow_said, kept, said, words

__all__ = [
    "Entry",
    "EntryKind",
    "Format",
    "TechnicalColumn",
    "Word",
    "entries",
    "flow_said",
    "kept",
    "render",
    "said",
    "technical_columns",
    "words",
]
