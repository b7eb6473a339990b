"""Roles, and what they may do: `permissions.toml`, read once and checked."""

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources

import msgspec

__all__ = ["Permission", "Role", "invitable", "permitted"]


class Role(StrEnum):
    """What somebody is to a provider; a member may have several."""

    OPERATOR = "operator"
    OFFICER = "officer"
    SUPPORT = "support"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What the console asks before it shows or does something."""

    SEE_SETTINGS = "see_settings"
    MANAGE_STAFF = "manage_staff"
    MANAGE_TOKENS = "manage_tokens"
    READ_RETENTION = "read_retention"
    READ_FIGURES = "read_figures"
    READ_LEDGER = "read_ledger"
    SEE_CASES = "see_cases"
    ENTER_CASES = "enter_cases"
    DECIDE_CASES = "decide_cases"
    FIND_PEOPLE = "find_people"
    LOOK = "look"
    ERASE = "erase"
    EXPORT = "export"
    HOLD = "hold"
    RESTRICT = "restrict"
    RECTIFY = "rectify"
    KEEP_SECRET = "keep_secret"  # noqa: S105 - the name of a permission
    PUBLISH_NOTICES = "publish_notices"


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    may: frozenset[Permission]
    invites: frozenset[Role]


@cache
def _table() -> Mapping[Role, _Row]:
    text = resources.files(__package__).joinpath("permissions.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[Role, _Row])


def permitted(roles: Iterable[Role]) -> frozenset[Permission]:
    """All that these roles together may do."""
    return frozenset[Permission]().union(*(_table()[role].may for role in roles))


def invitable(roles: Iterable[Role]) -> frozenset[Role]:
    """Whom they may invite, and remove."""
    return frozenset[Role]().union(*(_table()[role].invites for role in roles))
