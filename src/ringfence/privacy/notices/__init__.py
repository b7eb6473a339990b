"""Notices: what a person reads before enrolling, written from what the server really does.

    data map (fields, flows) ──────┐
    ProviderPolicy (one each) ─────┼──> Notices.edition(provider): texts in six languages, policy, data map
    catalogue/<language>.toml ─────┘              │ at every start, and when the day changes
                                                  v
    compared(old, new) <── Editions.publish ──> what is stored, and from when on it holds ──> enrolment, pages
          │                                       │
          v                                       v
    differences(old, new, language) ──> Announcements: mail, administrator or next start; a month; objection ──> rights

Invariants
- Each datum of the data map has its sentence in every language, bound to it (`Notice.bound`), and each sentence is
  bound to what it speaks of: data, a setting, an article, or a promise that tests show. Where that is not, it is not
  said.
- A version is a digest over all languages: who agreed to it agreed to these words.
- The notice is shown, the terms are agreed to, choices are made apart: three texts.
- An edition is addressed by its content; what was once published is never changed.
- A material difference holds for a person only a month after they were told; newcomers enrol to what holds.

Refuses: a provider without a controller, or without a data protection officer's contact.
"""

from ringfence.privacy.notices.activity import ACTIVITY_OF, Activity
from ringfence.privacy.notices.announcements import Announcements, Pending
from ringfence.privacy.notices.catalogue import DEFAULT, Catalogue, languages, plural
from ringfence.privacy.notices.change import Change, Difference
from ringfence.privacy.notices.choice import ChoiceText
from ringfence.privacy.notices.differences import CATALOGUES, differences
from ringfence.privacy.notices.edition import Edition
from ringfence.privacy.notices.editions import Editions, Publication
from ringfence.privacy.notices.errors import (
    NothingToObject,
    PolicyIncomplete,
    SpeaksOfNothing,
    UnknownEdition,
    UnknownProvider,
    Unsaid,
)
from ringfence.privacy.notices.month import month_after
from ringfence.privacy.notices.notices import Notices
from ringfence.privacy.notices.policy import NamedRecipient, OwnParagraph, ProviderPolicy
from ringfence.privacy.notices.ports import Mailer, People, Person, Rights
from ringfence.privacy.notices.records import Announcement, Channel
from ringfence.privacy.notices.round import Told
from ringfence.privacy.notices.text import Notice, Paragraph, Sentence, Versions

__all__ = [
    "ACTIVITY_OF",
    "CATALOGUES",
    "DEFAULT",
    "Activity",
    "Announcement",
    "Announcements",
    "Catalogue",
    "Change",
    "Channel",
    "ChoiceText",
    "Difference",
    "Edition",
    "Editions",
    "Mailer",
    "NamedRecipient",
    "NothingToObject",
    "Notice",
    "Notices",
    "OwnParagraph",
    "Paragraph",
    "Pending",
    "People",
    "Person",
    "PolicyIncomplete",
    "ProviderPolicy",
    "Publication",
    "Rights",
    "Sentence",
    "SpeaksOfNothing",
    "Told",
    "UnknownEdition",
    "UnknownProvider",
    "Unsaid",
    "Versions",
    "differences",
    "languages",
    "month_after",
    "plural",
]
