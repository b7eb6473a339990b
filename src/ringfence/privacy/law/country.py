"""The rules of one country: whom to complain to, what must be kept, who may act for whom."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, final

from ringfence.privacy.law.exception import RequestKind
from ringfence.privacy.law.retention import BlockingRule, ClaimsRule, InvoiceRule, TrafficRule, plus_months
from ringfence.privacy.law.rule import Court, Place, Rule
from ringfence.privacy.law.script import readable

__all__ = [
    "ActsForTheDead",
    "ActsForTheLiving",
    "AgeRule",
    "Authority",
    "Copies",
    "CountryRules",
    "DocumentKind",
    "DocumentRule",
    "HeirRule",
    "ProofStep",
    "RepresentativeRule",
]

ProofStep = Literal["session", "pin", "callback", "redacted_document"]
DocumentKind = Literal["identity_card", "passport", "driving_licence", "residence_permit"]
ActsForTheDead = Literal["heirs", "spouse", "relatives", "designated"]
ActsForTheLiving = Literal["mandated", "parents", "guardian", "association"]


class Authority(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supervisory authority (GDPR Art. 51). `name` is its own, in `language`; so is `address`.

    `english` and `latin_address` are for readers of another script; the latter is empty where there is no other.
    `mail` is empty where it takes complaints by form only, or none is known.
    """

    table: ClassVar[str] = "authorities"

    name: str
    english: str
    address: str
    latin_address: str = ""
    url: str
    mail: str = ""
    language: str

    def name_in(self, language: str) -> str:
        """The name for somebody who reads that language."""
        return readable(self.name, self.english, spoken=self.language, language=language)

    def address_in(self, language: str) -> str:
        """The address for somebody who reads that language."""
        return readable(self.address, self.latin_address, spoken=self.language, language=language)


class AgeRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which age a child consents alone (GDPR Art. 8). It applies only where consent is the basis."""

    table: ClassVar[str] = "ages"

    years: int


class Copies(StrEnum):
    """What may be done with a copy of an identity document."""

    SEEN_ONLY = "seen_only"  # look at it, write down "seen", keep no copy
    REDACTED = "redacted"  # a copy with all but what is needed blacked out, gone after the decision
    ALLOWED = "allowed"  # a copy, gone after the decision


class DocumentRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked of somebody whose identity is in doubt (GDPR Art. 12(6); EDPB Guidelines 01/2022, 3.3).

    `ladder` holds the steps from the mildest on; a later one is asked for only where the earlier ones don't settle it.
    `kinds` are the documents that may be shown, `at_least` how many of them; `seen_suffices` says that "seen" may be
    written down in place of a copy.
    """

    table: ClassVar[str] = "documents"

    ladder: tuple[ProofStep, ...]
    kinds: tuple[DocumentKind, ...]
    at_least: int
    copies: Copies
    seen_suffices: bool

    @property
    def copy_allowed(self) -> bool:
        return self.copies is not Copies.SEEN_ONLY


class HeirRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may ask about a dead person; GDPR recital 27 leaves it to the states.

    `who` is empty where the law names nobody; `kinds` are the requests they may make. It ends `years` after death; 0 is
    without end.
    """

    table: ClassVar[str] = "heirs"

    who: tuple[ActsForTheDead, ...]
    kinds: tuple[RequestKind, ...]
    years: int = 0

    def may(self, who: str, kind: str, *, died: dt.date | None = None, on: dt.date | None = None) -> bool:
        """Whether one of `who` may make such a request on that day; without the days, whether they ever may."""
        over = self.years and died and on and on > plus_months(died, self.years * 12)
        return not over and who in self.who and kind in self.kinds


class RepresentativeRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody who acts for a living person must show. `written`: a mandate needs a signature.

    `parents_until` is the age at which parental responsibility ends.
    """

    table: ClassVar[str] = "representatives"

    who: tuple[ActsForTheLiving, ...]
    written: bool
    parents_until: int


@final
@dataclass(frozen=True, slots=True)
class CountryRules:
    """What holds in one country on one day. Each part is a row with its article and whether it was checked."""

    code: str
    place: Place
    authority: Authority
    court: Court
    age: AgeRule
    invoice: InvoiceRule
    traffic: TrafficRule
    claims: ClaimsRule
    blocking: BlockingRule | None
    documents: DocumentRule
    heirs: HeirRule
    representatives: RepresentativeRule

    @property
    def child_age(self) -> int:
        return self.age.years

    def age_of_consent(self, policy: int) -> int:
        """The stricter of the provider's policy and the country's rule, in years."""
        return max(policy, self.age.years)
