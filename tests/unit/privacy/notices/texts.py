"""A provider, and installations that do more or less than ours: what the tests of notices read."""

import dataclasses
from functools import cache

from ringfence.app.records import DECLARING
from ringfence.declarations import (
    REGISTRY,
    Category,
    Flow,
    Flows,
    Medium,
    Purpose,
    Registry,
    Role,
    Source,
)
from ringfence.identifiers import ProviderId
from ringfence.privacy.notices import NamedRecipient, Notice, Notices, ProviderPolicy

__all__ = ["POLICY", "changed", "current", "known", "text", "unkept", "whole"]

assert DECLARING

POLICY = ProviderPolicy(
    id=ProviderId("example"),
    name="Example Telecom",
    controller="Example Telecom GmbH, Berlin",
    privacy_officer="dpo@example.net",
    supervisory_authority="BfDI, Bonn",
    country="DE",
    minimum_age=16,
    recipients=(NamedRecipient("Push Inc.", "US", "processor", ("EU-US Data Privacy Framework",)),),
)


def changed(**settings: object) -> ProviderPolicy:
    """The provider with other settings."""
    return dataclasses.replace(POLICY, **settings)  # type: ignore[arg-type]  # the caller names fields


def current(language: str, policy: ProviderPolicy = POLICY, registry: Registry = REGISTRY) -> Notice:
    return Notices([policy], registry=registry).current(policy.id, language)


@cache
def _written(policy: str) -> Notices:
    return Notices([_POLICIES[policy]])


_POLICIES: dict[str, ProviderPolicy] = {}


def known(language: str, policy: ProviderPolicy = POLICY) -> Notice:
    """As `current`, written once: for tests that change nothing but the policy."""
    _POLICIES[repr(policy)] = policy
    return _written(repr(policy)).current(policy.id, language)


def text(notice: Notice) -> str:
    return "\n".join(line for part in (*notice.notice, *notice.terms) for line in (part.heading, *part.sentences))


def unkept() -> Registry:
    """An installation that keeps nothing and never pushes: only a flow passes."""
    registry = Registry(Flows())
    Flow(
        name="small.call",
        medium=Medium.SIP,
        carries=(Category.CALLER,),
        purpose=Purpose.DELIVER_CALL,
        source=Source.OTHER_PARTY,
        to=Role.PERSON,
        says="A call passes.",
        among=registry.flows,
    )
    return registry


def whole() -> Registry:
    """An installation in which every purpose has a flow."""
    registry = Registry(Flows())
    for purpose in Purpose:
        Flow(
            name=f"small.{purpose.value}",
            medium=Medium.SIP,
            carries=(Category.CALLER,),
            purpose=purpose,
            source=Source.OTHER_PARTY,
            to=Role.PERSON,
            says="A call passes.",
            among=registry.flows,
        )
    return registry
