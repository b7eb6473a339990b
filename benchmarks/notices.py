"""What writing a privacy notice anew costs: from all declarations, in every language, and what changed since the last.

It is done when a provider's settings change and when a release brings other declarations, beside the calls.
"""

import dataclasses
import time
from collections.abc import Callable
from statistics import median
from typing import Final

from benchmarks.figure import Figure
from benchmarks.scale import Scale
from ringfence.app import records as _records  # declares every table and flow
from ringfence.declarations import REGISTRY
from ringfence.identifiers import ProviderId
from ringfence.privacy.notices import NamedRecipient, Notices, ProviderPolicy, differences

__all__ = ["DECLARING", "measure", "missing"]

DECLARING: Final = (_records,)
_SUITE: Final = "notices"
_ROUNDS: Final = 5
_POLICY: Final = ProviderPolicy(
    id=ProviderId("bench"),
    name="Bench Telecom",
    controller="Bench Telecom GmbH, Berlin",
    privacy_officer="dpo@bench.test",
    supervisory_authority="BfDI, Bonn",
    country="DE",
    minimum_age=16,
    recipients=(NamedRecipient("Push Inc.", "US", "processor", ("EU-US Data Privacy Framework",)),),
)


async def measure(scale: Scale) -> list[Figure]:
    """Milliseconds of CPU; nothing is kept from one round to the next but what the server keeps, too."""
    rounds = min(_ROUNDS, scale.rounds * 2)
    old = Notices([_POLICY]).edition(_POLICY.id)
    new = Notices([dataclasses.replace(_POLICY, minimum_age=18)]).edition(_POLICY.id)
    languages = sorted(old.texts)
    tables = len(list(REGISTRY.about_people()))
    written = _times(rounds, lambda: Notices([_POLICY]).edition(_POLICY.id))
    compared = _times(rounds, lambda: [differences(old, new, language) for language in languages])
    return [
        Figure(_SUITE, f"notice and terms from {tables} tables, in {len(languages)} languages", written, "ms"),
        Figure(_SUITE, "what changed since the last edition, in all of them", compared, "ms"),
    ]


def missing() -> str:
    """It needs no peer."""
    return ""


def _times(rounds: int, step: Callable[[], object]) -> float:
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        step()
        times.append(time.process_time() - begun)
    return median(times) * 1e3
