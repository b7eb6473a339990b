"""Which sentences a notice and the terms have, in which order, and what each speaks of.

Sentences about single data are not here: they are made from the data map (`draft`).
"""

from dataclasses import dataclass
from typing import Final, final

from ringfence.declarations import Basis, Category, Medium, Purpose
from ringfence.privacy.notices.activity import Activity
from ringfence.privacy.notices.topic import (
    Topic,
    all_data,
    article,
    both,
    does,
    holds,
    lacks,
    offers,
    passes,
    promise,
    rests_on,
    setting,
)

__all__ = ["AFTER", "BEFORE", "FEATURES", "RECIPIENTS", "TERMS", "Section"]


@final
@dataclass(frozen=True, slots=True)
class Section:
    """A heading (`<name>.heading` in the catalogue) and the keys of its sentences; none said, no heading."""

    name: str
    sentences: tuple[tuple[str, Topic], ...]


def _section(name: str, **sentences: Topic) -> Section:
    return Section(name, tuple((f"{name}.{key}", topic) for key, topic in sentences.items()))


def _feature(purpose: Purpose) -> Section:
    own = [f"feature.{purpose.value}.{key}" for key in ("asks", "limits", "refusing")]
    keys = ("feature.off", *own, "feature.changing")
    return Section(f"feature.{purpose.value}", tuple((key, offers(purpose)) for key in keys))


BEFORE: Final = (
    _section("who", controller=setting("controller"), officer=setting("privacy_officer"), you=all_data),
    _section("place", own=lacks("operator"), operated=setting("operator"), stays=promise("ZOI-10")),
    _section(
        "password",
        kept=holds(Category.SIP_CREDENTIAL),
        works=holds(Category.SIP_CREDENTIAL),
        use=holds(Category.SIP_CREDENTIAL),
        operated=both(holds(Category.SIP_CREDENTIAL), setting("operator")),
    ),
)
"""What comes before the data."""

FEATURES: Final = {purpose: _feature(purpose) for purpose in Purpose if purpose.basis is Basis.CONSENT}
"""What is off until somebody agrees to it (APP-05)."""

RECIPIENTS: Final = {
    "recipients.none": lacks("recipients"),
    "recipients.sold": promise("APP-11"),
}

AFTER: Final = (
    _section("safe", sealed=promise("CTP-02"), transit=promise("APP-09"), whole=promise("ZOI-01")),
    _section(
        "leaving",
        ask=promise("ZOI-17"),
        uninstall=promise("ACR-06"),
        seven=promise("ACR-05"),
        invoices=both(does(Activity.BILLING), promise("ZOI-09")),
        law=promise("ACR-05"),
        rest=promise("CTP-12"),
    ),
    _section(
        "rights",
        access=article(15),
        rectify=article(16),
        erase=article(17),
        restrict=article(18),
        carry=article(20),
        object=article(21),
        withdraw=lambda ground: rests_on(Basis.CONSENT)(ground) or offers()(ground),
        ask=both(setting("privacy_officer"), article(12)),
        complain=both(setting("supervisory_authority"), article(77)),
        machine=article(22),
    ),
    _section(
        "needed",
        law=promise("ZOI-08"),
        contract=rests_on(Basis.CONTRACT),
        push=passes(Medium.PUSH),
        choices=offers(),
        age=setting("minimum_age"),
    ),
    _section(
        "changes",
        month=both(promise("APP-10"), article(13)),
        object=promise("ZOI-23"),
        choice=promise("IPS-02"),
        abroad=promise("ZOI-21"),
    ),
)
"""What comes after the data."""

TERMS: Final = (
    _section("terms.service", does=setting("name"), push=passes(Medium.PUSH)),
    _section(
        "terms.agreeing",
        contract=setting("name"),
        notice=promise("ACR-01"),
        before=promise("ACR-01"),
        evidence=holds(Category.AGREEMENT),
    ),
    _section("terms.account", own=setting("name")),
    _section("terms.limits", push=passes(Medium.PUSH), emergency=setting("name")),
    _section("terms.ending", you=promise("ZOI-17"), change=promise("ZOI-23")),
)
