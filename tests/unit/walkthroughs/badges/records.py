"""What badges keep and pass on."""

from enum import Enum

from ringfence.declarations import (
    Category,
    Flow,
    Keep,
    Medium,
    Purpose,
    Record,
    Registry,
    Role,
    Source,
    personal,
    technical,
)

__all__ = ["BADGE_PUSH", "SAMPLE", "Badge", "Style"]

SAMPLE = Registry()
"""The sample's own registry: a service of the server leaves `registry` and `among` out and is in the real one."""


class Style(Enum):
    """What a watch can show."""

    NUMBER = "number"
    DOT = "dot"


class Badge(Record, table="badge", number=900, keep=Keep.WHILE_REACHABLE, registry=SAMPLE):
    """A watch that shows missed calls. `due` is three days after it was last heard of."""

    style: Style = technical("whether it can show a number")
    token: str = personal(1, Category.PUSH_TOKEN, Purpose.SHOW_MISSED, Source.DEVICE)
    name: str = personal(2, Category.DEVICE, Purpose.SHOW_MISSED, Source.PERSON)


BADGE_PUSH = Flow(
    name="badges.push",
    medium=Medium.PUSH,
    carries=(Category.PUSH_TOKEN,),
    purpose=Purpose.SHOW_MISSED,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says="A push tells a watch how many calls its owner missed, and nothing about them.",
    among=SAMPLE.flows,
)
