"""What an app is asked for is what the data map keeps, and the other way round (APP-01)."""

from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.declarations import Source
from ringfence.privacy.datamap import EntryKind, entries, technical_columns
from ringfence.web.api.bodies import DeviceDescription, EnrolmentBody, PushTokenBody
from ringfence.web.api.inputs import ASKED, RefusalBody

BECOMES: dict[str, set[str]] = {
    "sip_address": {"sip_account.address", "credential.aor"},
    "auth_user": {"credential.auth_user"},
    "password": {"credential.ha1"},  # the password itself is kept nowhere
    "device.name": {"device.name"},
    "device.app": {"push_instance.app"},
    "device.public_key": {"device.public_key", "push_instance.public_key"},
    **{
        f"{of}{name}": {"push_instance.token"}
        for of in ("device.", "")
        for name in (
            "push_token",
            "alert_token",
            "push_subscription.endpoint",
            "push_subscription.keys.p256dh",
            "push_subscription.keys.auth",
        )
    },
    "device.push_subscription.expiration_time": set(),  # browsers write it; it is dropped unread
    "push_subscription.expiration_time": set(),
    "notice_seen": {"agreement.notice_version"},
    "terms_agreed": {"agreement.terms_version"},
    "old_enough": {"agreement.old_enough"},
    "language": {"agreement.language"},
}
"""Where what an app sends comes to rest. A new line here is a new datum: it needs a feature that needs it."""

LATER: dict[str, set[str]] = {
    "AddressBody.address": {"mail_address.address"},
    "NameBody.name": {"device.name"},
    "RefusalBody.version": {"consent_event.version"},
    "RefusalBody.language": {"consent_event.language"},
    "ConsentBody.version": {"consent_event.version"},
    "ConsentBody.language": {"consent_event.language"},
    "ConsentBody.old_enough": {"consent.old_enough"},
    "RequestBody.kind": set(),  # one of ten words
    "RequestBody.text": {"request_case.text"},
    "RequestBody.details": {"request_case.details"},
    "RequestBody.language": {"request_case.language"},
    "AnswerBody.text": {"request_step.text"},
    "TransmissionBody.package": {"package_transmission.package"},
    "TransmissionBody.url": {"package_transmission.url"},
    "TransmissionBody.token": {"package_transmission.token"},
    "InvoiceBody.number": {"invoice.number"},
    "InvoiceBody.issued": {"invoice.issued"},
    "InvoiceBody.name": {"invoice.name"},
    "InvoiceBody.what": {"invoice.what"},
    "InvoiceBody.net": {"invoice.net"},
    "InvoiceBody.tax": {"invoice.tax"},
    "InvoiceBody.currency": {"invoice.currency"},
    "InvoiceBody.customer": {"invoice.customer"},
    "InvoiceBody.sip": {"invoice.subject"},  # leads to whom it is about, and is kept nowhere
    "InvoiceBody.payment": {"invoice.payment"},
}
"""The same of what people ask and say once they are enrolled, and of what their provider's systems hand in."""

BY_DOING = {
    "consent.ending", "consent.opted_out", "consent.refused", "consent.standing",
    "consent_event.act", "consent_event.by", "consent_event.case", "consent_event.choice", "consent_event.kind",
    "package.asked_at", "package.fetched_at", "package.language", "package_transmission.confirmed_at",
    "restriction.rows", "restriction.tables",
}  # fmt: skip
"""What nobody types: the trace of a yes, a no, a copy that was fetched, a restriction that was asked for."""

ON_PAGES = {
    "identity_evidence.copy", "identity_evidence.media",
    "passkey.count", "passkey.credential", "passkey.name", "passkey.public_key",
    "request_case.contact", "request_case.identifier", "request_case.name",
}  # fmt: skip
"""What only pages take: a written request by somebody who has no device, and a passkey."""


def asked(body: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in body.model_fields.items():
        inner = [
            each
            for each in (field.annotation, *get_args(field.annotation))
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if inner:
            yield from asked(inner[0], f"{prefix}{name}.")
        else:
            yield prefix + name


@pytest.mark.promise("APP-01")
def test_an_app_is_asked_for_nothing_that_is_not_kept_for_a_purpose() -> None:
    declared = {f"{entry.table}.{entry.field}" for entry in entries() if entry.kind is EntryKind.COLUMN}
    declared |= {f"{column.table}.{column.field}" for column in technical_columns()}
    assert {*asked(EnrolmentBody), *asked(PushTokenBody)} == BECOMES.keys()
    bodies: tuple[type[BaseModel], ...] = (RefusalBody, *ASKED)
    assert {f"{body.__name__}.{name}" for body in bodies for name in body.model_fields} == LATER.keys()
    assert set().union(*BECOMES.values(), *LATER.values()) <= declared


@pytest.mark.promise("APP-01")
def test_nothing_of_a_person_is_kept_that_they_were_not_asked_for() -> None:
    theirs = {
        f"{entry.table}.{entry.field}"
        for entry in entries()
        if entry.kind is EntryKind.COLUMN and entry.source in {Source.PERSON, Source.DEVICE}
    }
    assert theirs <= set().union(*BECOMES.values(), *LATER.values(), BY_DOING, ON_PAGES)


@pytest.mark.promise("APP-01")
@pytest.mark.parametrize("body", [EnrolmentBody, DeviceDescription, PushTokenBody, RefusalBody, *ASKED])
@pytest.mark.parametrize("unasked", ["contacts", "location", "advertising_id", "birthday"])
def test_what_nobody_asked_for_is_refused(body: type[BaseModel], unasked: str) -> None:
    with pytest.raises(ValidationError) as refused:
        body.model_validate({unasked: "something"})
    assert any(error["loc"] == (unasked,) and error["type"] == "extra_forbidden" for error in refused.value.errors())
