"""Notices: what a person reads before enrolling, written from what the server really does.

    data map (fields, flows) ──────┐
    ProviderPolicy (one each) ─────┼──> Notices.current(provider, language) ──> enrolment API, start page
    catalogue/<language>.toml ─────┘           .versions(provider) ──> ledger: notice shown, terms agreed

Invariants
- Each datum of the data map has its sentence in every language, bound to it (`Notice.bound`); a new field or flow
  changes the text, and with it the version.
- A version is a digest over all languages: who agreed to it agreed to these words.
- The notice is shown, the terms are agreed to: two texts, two versions.

Refuses: a provider without a controller, or without a data protection officer's contact.
"""

from ringfence.privacy.notices.catalogue import DEFAULT, Catalogue, languages
from ringfence.privacy.notices.notices import CATALOGUES, Notices, UnknownProvider
from ringfence.privacy.notices.policy import NamedRecipient, PolicyIncomplete, ProviderPolicy
from ringfence.privacy.notices.text import Notice, Paragraph, Versions

__all__ = [
    "CATALOGUES",
    "DEFAULT",
    "Catalogue",
    "NamedRecipient",
    "Notice",
    "Notices",
    "Paragraph",
    "PolicyIncomplete",
    "ProviderPolicy",
    "UnknownProvider",
    "Versions",
    "languages",
]
