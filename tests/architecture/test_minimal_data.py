"""What an app is asked for is what the data map keeps, and the other way round (APP-01)."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.declarations import Source
from ringfence.privacy.datamap import EntryKind, entries, technical_columns
from ringfence.web.api.bodies import DeviceDescription, EnrolmentBody, PushTokenBody

BECOMES = {
    "sip_address": {"sip_account.address", "credential.aor"},
    "auth_user": {"credential.auth_user"},
    "password": {"credential.ha1"},  # the password itself is kept nowhere
    "device.name": {"device.name"},
    "device.app": {"push_instance.app"},
    "device.public_key": {"device.public_key", "push_instance.public_key"},
    "device.push_token": {"push_instance.token"},
    "push_token": {"push_instance.token"},
    "notice_seen": {"agreement.notice_version"},
    "terms_agreed": {"agreement.terms_version"},
    "old_enough": {"agreement.old_enough"},
    "language": {"agreement.language"},
}
"""Where what an app sends comes to rest. A new line here is a new datum: it needs a feature that needs it."""


def asked(body: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in body.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from asked(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


@pytest.mark.promise("APP-01")
def test_an_app_is_asked_for_nothing_that_is_not_kept_for_a_purpose() -> None:
    declared = {f"{entry.table}.{entry.field}" for entry in entries() if entry.kind is EntryKind.COLUMN}
    declared |= {f"{column.table}.{column.field}" for column in technical_columns()}
    assert {*asked(EnrolmentBody), *asked(PushTokenBody)} == BECOMES.keys()
    assert set().union(*BECOMES.values()) <= declared


@pytest.mark.promise("APP-01")
def test_nothing_of_a_person_is_kept_that_they_were_not_asked_for() -> None:
    theirs = {
        f"{entry.table}.{entry.field}"
        for entry in entries()
        if entry.kind is EntryKind.COLUMN and entry.source in {Source.PERSON, Source.DEVICE}
    }
    assert theirs <= set().union(*BECOMES.values())


@pytest.mark.promise("APP-01")
@pytest.mark.parametrize("body", [EnrolmentBody, DeviceDescription, PushTokenBody])
@pytest.mark.parametrize("unasked", ["contacts", "location", "advertising_id", "birthday"])
def test_what_nobody_asked_for_is_refused(body: type[BaseModel], unasked: str) -> None:
    with pytest.raises(ValidationError) as refused:
        body.model_validate({unasked: "something"})
    assert any(error["loc"] == (unasked,) and error["type"] == "extra_forbidden" for error in refused.value.errors())
