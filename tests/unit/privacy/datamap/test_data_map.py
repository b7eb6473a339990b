import json

import pytest

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
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.privacy.datamap import EntryKind, Format, entries, render, technical_columns

_SAMPLES = Registry()


class Parcel(Record, table="parcel", number=2, keep=Keep.SHORT_CALLS, registry=_SAMPLES):
    """A row about a person."""

    weight: int = technical("in grams")
    caller: str = personal(1, Category.CALLER, Purpose.SHOW_MISSED, Source.OTHER_PARTY)
    token: str = personal(2, Category.PUSH_TOKEN, Purpose.WAKE_DEVICE, Source.DEVICE)


class Credential(Record, table="credential", number=1, keep=Keep.CREDENTIAL, registry=_SAMPLES):
    """Another."""

    ha1: bytes = personal(1, Category.SIP_CREDENTIAL, Purpose.KEEP_REGISTERED, Source.PERSON)


class Tally(TechnicalRecord, table="tally", number=3, registry=_SAMPLES):
    """A row about nobody."""

    digest: bytes = technical("what was counted", reviewed="a digest")


_PUSH = Flow(
    name="b.push",
    medium=Medium.PUSH,
    carries=(Category.PUSH_TOKEN, Category.CALL_TIME),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says="A push leaves.",
    among=_SAMPLES.flows,
)
_PROBE = Flow(
    name="a.probe",
    medium=Medium.SIP,
    carries=(),
    purpose=Purpose.SECURE,
    source=Source.GENERATED,
    to=Role.PBX,
    says="A probe that names nobody.",
    among=_SAMPLES.flows,
)


@pytest.mark.promise("ZOI-01")
def test_every_personal_field_and_every_flow_has_its_entries() -> None:
    assert [(entry.table, entry.field, entry.category) for entry in entries(_SAMPLES)] == [
        ("credential", "ha1", Category.SIP_CREDENTIAL),
        ("parcel", "caller", Category.CALLER),
        ("parcel", "token", Category.PUSH_TOKEN),
        ("a.probe", "sip", None),
        ("b.push", "push", Category.PUSH_TOKEN),
        ("b.push", "push", Category.CALL_TIME),
    ]


def test_recipients_of_a_field_are_those_of_the_flows_that_carry_its_category() -> None:
    received = {entry.field: entry.recipients for entry in entries(_SAMPLES) if entry.kind is EntryKind.COLUMN}
    assert received == {"ha1": (), "caller": (), "token": (Role.PUSH_SERVICE,)}


@pytest.mark.promise("ZOI-07")
def test_an_entry_in_json_says_all_that_the_law_asks() -> None:
    found = json.loads(render(Format.JSON, _SAMPLES))
    assert found["entries"][2] == {
        "kind": "column",
        "table": "parcel",
        "field": "token",
        "category": "push_token",
        "purpose": "wake_device",
        "lawful_basis": "contract",
        "source": "device",
        "retention": Keep.SHORT_CALLS.sentence,
        "recipients": ["push_service"],
    }
    assert found["technical_columns"][-1]["reviewed"] == "a digest"


def test_the_page_shows_tables_flows_plain_columns_and_words() -> None:
    page = render(Format.MARKDOWN, _SAMPLES)
    assert "| token | push_token | wake_device | contract | device | push_service |" in page
    assert "| caller | caller | show_missed | contract | other_party | nobody outside |" in page
    assert "| sip | nothing personal | secure | legitimate_interest | generated | pbx |" in page
    assert f"Kept: {Keep.CREDENTIAL.sentence} No backup holds its keys." in page
    assert "### tally, about nobody\n" in page
    assert "| weight | in grams | its type |" in page
    assert page.count("| subject |") == 1
    assert f"| push_token | {Category.PUSH_TOKEN.sentence} |" in page
    assert page.endswith("|\n")


def test_plain_columns_are_listed_table_by_table() -> None:
    named = [(column.table, column.field, column.about_people) for column in technical_columns(_SAMPLES)]
    assert named[-2:] == [("tally", "id", False), ("tally", "digest", False)]
    assert ("parcel", "weight", True) in named
