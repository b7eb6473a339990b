"""From which age a person consents for themselves (Article 8 GDPR).

Asked only where consent is the basis: a contract with a child is the law of contracts' own matter. What is asked is
"are you at least that old?", never a date of birth, and only a yes is kept.
"""

from collections.abc import Iterable

from ringfence.declarations import Basis, Purpose

__all__ = ["age_asked_for", "age_of_consent"]


def age_of_consent(of_policy: int, of_law: int) -> int:
    """The higher of what the provider's policy and the country's law ask, in years: a policy may tighten only."""
    return max(of_policy, of_law)


def age_asked_for(purposes: Iterable[Purpose], age: int) -> int | None:
    """The age to ask for before these purposes; None where none of them stands on consent."""
    return age if any(purpose.basis is Basis.CONSENT for purpose in purposes) else None
