"""The law as data: deadlines, ages, terms of retention, authorities and exceptions, each row with its article.

    tables/*.toml ──Law.load──> Law ──country──> CountryRules      requests, answers, rights, consent ──ask──> Law
                                 └───calendar──> Calendar ──deadlines──> Deadlines

A lawyer reads and changes the tables without reading code; `page` prints them. Nothing here is legal advice.

Invariants: nothing legal stands in code; a rule holds on [valid_from, valid_to) and no two hold for the same thing on
one day; every country of the EU and the EEA, Switzerland and the United Kingdom is complete; where a reading is in
doubt, the one that ends sooner is taken.

Refuses: a table with a key it doesn't know, with overlapping intervals or with a country left out; a country it has no
rules for.
"""

from ringfence.privacy.law.calendar import Calendar
from ringfence.privacy.law.clocks import Deadlines, Pause, deadlines
from ringfence.privacy.law.country import (
    ActsForTheDead,
    ActsForTheLiving,
    AgeRule,
    Authority,
    Copies,
    CountryRules,
    DocumentKind,
    DocumentRule,
    HeirRule,
    ProofStep,
    RepresentativeRule,
)
from ringfence.privacy.law.errors import LawMisstated, UnknownCountry, UnknownRule
from ringfence.privacy.law.exception import Exception_, Ground, RequestKind
from ringfence.privacy.law.law import Law
from ringfence.privacy.law.page import page
from ringfence.privacy.law.retention import BlockingRule, ClaimsRule, InvoiceRule, RetentionRule, Start, TrafficRule
from ringfence.privacy.law.rule import Court, Place, Rule, Term, Unit

__all__ = [
    "ActsForTheDead",
    "ActsForTheLiving",
    "AgeRule",
    "Authority",
    "BlockingRule",
    "Calendar",
    "ClaimsRule",
    "Copies",
    "CountryRules",
    "Court",
    "Deadlines",
    "DocumentKind",
    "DocumentRule",
    "Exception_",
    "Ground",
    "HeirRule",
    "InvoiceRule",
    "Law",
    "LawMisstated",
    "Pause",
    "Place",
    "ProofStep",
    "RepresentativeRule",
    "RequestKind",
    "RetentionRule",
    "Rule",
    "Start",
    "Term",
    "TrafficRule",
    "Unit",
    "UnknownCountry",
    "UnknownRule",
    "deadlines",
    "page",
]
