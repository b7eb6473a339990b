"""What a provider asks consent for, and from which age a person answers for themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, final

from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.consent.choice import Channel, Choice, Feature
from ringfence.privacy.consent.errors import PolicyUnusable

__all__ = ["ConsentPolicy", "ConsentSettings", "choices_of"]

_YOUNGEST: Final = 13  # Article 8(1) GDPR: no Member State may go below
_OLDEST: Final = 18


@final
@dataclass(frozen=True, slots=True)
class ConsentSettings:
    """Limits of our own.

    use_seconds: how long one sending may rely on a consent; longer than the slowest answer of a mail service. A
        withdrawal waits for what is being sent, this long at most.
    margin_seconds: how far the clocks of two processes may differ, and how late a busy one may notice its own limit.
    poll_seconds: how often a withdrawal looks whether the sending is over.
    changes: how many acts of one person are recorded; a person can't fill the disk by flipping a switch.
    """

    use_seconds: float = 20.0
    margin_seconds: float = 10.0
    poll_seconds: float = 0.02
    changes: int = 10_000


@final
@dataclass(frozen=True, slots=True)
class ConsentPolicy:
    """One provider's. `choices` is all that can be said yes to; `age` what `age_of_consent` found, in years."""

    provider: ProviderId
    choices: tuple[Choice, ...]
    age: int

    def __post_init__(self) -> None:
        if not _YOUNGEST <= self.age <= _OLDEST:
            raise PolicyUnusable(provider=self.provider, setting="minimum_age")


def choices_of(
    features: Collection[Feature], *, partners: Sequence[RecipientId] = (), channels: Collection[Channel] = ()
) -> tuple[Choice, ...]:
    """The choices of the features in use: marketing partner by partner and channel by channel, the provider first.

    Raises PolicyUnusable for marketing without a channel, or channels and partners without marketing.
    """
    if (Feature.MARKETING in features) != bool(channels):
        raise PolicyUnusable(setting="marketing.channels")
    if partners and Feature.MARKETING not in features:
        raise PolicyUnusable(setting="marketing.partners")
    found = [Choice(feature) for feature in Feature if feature in features and feature is not Feature.MARKETING]
    for recipient in (None, *partners):
        found += [Choice(Feature.MARKETING, recipient, channel) for channel in Channel if channel in channels]
    return tuple(found)
