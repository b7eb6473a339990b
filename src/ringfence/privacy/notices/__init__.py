"""Notices: what a person reads before enrolling, written from what the server really does.

    data map (fields, flows) ──────┐
    ProviderPolicy (one each) ─────┼──> Notices.edition(provider): texts in six languages, policy, data map
    catalogue/<language>.toml ─────┘           .current(provider, language), .versions(provider)

Invariants
- Each datum of the data map has its sentence in every language, bound to it (`Notice.bound`), and each sentence is
  bound to what it speaks of: data, a setting, an article, or a promise that tests show. Where that is not, it is not
  said.
- A version is a digest over all languages: who agreed to it agreed to these words.
- The notice is shown, the terms are agreed to, choices are made apart: three texts.

Refuses: a provider without a controller, or without a data protection officer's contact.
"""

from ringfence.privacy.notices.activity import ACTIVITY_OF, Activity
from ringfence.privacy.notices.catalogue import DEFAULT, Catalogue, languages, plural
from ringfence.privacy.notices.change import Change, Difference
from ringfence.privacy.notices.choice import ChoiceText
from ringfence.privacy.notices.differences import CATALOGUES, differences
from ringfence.privacy.notices.edition import Edition
from ringfence.privacy.notices.errors import PolicyIncomplete, SpeaksOfNothing, UnknownProvider, Unsaid
from ringfence.privacy.notices.notices import Notices
from ringfence.privacy.notices.policy import NamedRecipient, OwnParagraph, ProviderPolicy
from ringfence.privacy.notices.text import Notice, Paragraph, Sentence, Versions

__all__ = [
    "ACTIVITY_OF",
    "CATALOGUES",
    "DEFAULT",
    "Activity",
    "Catalogue",
    "Change",
    "ChoiceText",
    "Difference",
    "Edition",
    "NamedRecipient",
    "Notice",
    "Notices",
    "OwnParagraph",
    "Paragraph",
    "PolicyIncomplete",
    "ProviderPolicy",
    "Sentence",
    "SpeaksOfNothing",
    "UnknownProvider",
    "Unsaid",
    "Versions",
    "differences",
    "languages",
    "plural",
]
