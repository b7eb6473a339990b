"""What stops the process from starting."""

from dataclasses import FrozenInstanceError, replace
from enum import Enum
from typing import Any, ClassVar, NewType

import pytest
import sqlalchemy as sa

from ringfence.declarations import (
    Category,
    Deadline,
    DeclarationFault,
    Flow,
    Flows,
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
from ringfence.identifiers import DeviceId, ProviderId, RowId, SubjectId


class _State(Enum):
    NEW = "new"


class _Level(Enum):
    LOW = 1


_Foreign = NewType("_Foreign", str)


@pytest.fixture
def registry() -> Registry:
    return Registry()


def address(tag: int = 1, part: str = "", **more: Any) -> Any:
    return personal(tag, Category.SIP_ADDRESS, Purpose.ENROL, Source.PERSON, part=part, **more)


def test_an_undeclared_field_is_refused_by_table_and_column(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match=r"undeclared_column \(table=parcel, column=secret\)"):

        class Parcel(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=registry):
            secret: str


def test_an_undeclared_default_is_refused_too(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match="column=secret"):

        class Parcel(TechnicalRecord, table="parcel", number=1, registry=registry):
            secret: str = "x"


def test_a_class_variable_is_no_field(registry: Registry) -> None:
    class Parcel(TechnicalRecord, table="parcel", number=1, registry=registry):
        limit: ClassVar[int] = 3

    assert [column.name for column in Parcel.declaration.table.columns] == ["id"]


def test_a_column_attached_to_a_declared_table_is_refused(registry: Registry) -> None:
    class Parcel(TechnicalRecord, table="parcel", number=1, registry=registry):
        """Nothing but an id."""

    with pytest.raises(DeclarationFault, match="table=parcel, column=secret"):
        Parcel.declaration.table.append_column(sa.Column("secret", sa.Text))


def test_a_table_that_no_record_declares_is_refused(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match="table=side_door, column=secret"):
        sa.Table("side_door", registry.metadata, sa.Column("secret", sa.Text))


def test_other_peoples_metadata_is_left_alone() -> None:
    assert sa.Table("free", sa.MetaData(), sa.Column("anything", sa.Text)).c.anything is not None


@pytest.mark.parametrize("kind", [str, bytes, float, list[int], _Foreign, str | int])
def test_a_technical_field_of_an_open_type_is_refused(registry: Registry, kind: Any) -> None:
    with pytest.raises(DeclarationFault, match=r"open_type \(table=parcel, column=note\)"):

        class Parcel(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=registry):
            note: kind = technical("?")


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (int, "BIGINT"),
        (bool, "BOOLEAN"),
        (_State, "TEXT"),
        (_Level, "BIGINT"),
        (DeviceId, "TEXT"),
        (Deadline, "DOUBLE"),
        (DeviceId | None, "TEXT"),
    ],
)
def test_closed_types_may_stand_in_the_clear(registry: Registry, kind: Any, sql: str) -> None:
    class Parcel(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=registry):
        note: kind = technical("needed")

    column = Parcel.declaration.table.c.note
    assert str(column.type) == sql
    assert column.nullable == (kind == DeviceId | None)


def test_an_open_type_needs_a_reason_that_a_review_can_read(registry: Registry) -> None:
    class Parcel(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=registry):
        digest: bytes = technical("finds equals", reviewed="a digest of random bytes")

    assert str(Parcel.declaration.table.c.digest.type) == "BLOB"


def test_instants_are_free_where_no_person_is_concerned(registry: Registry) -> None:
    class Run(TechnicalRecord, table="run", number=1, registry=registry):
        started: float = technical("when")

    assert str(Run.declaration.table.c.started.type) == "DOUBLE"


def test_two_fields_may_not_share_a_tag(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match=r"tag_taken .*column=second, tag=1"):

        class Parcel(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=registry):
            first: str = address(1)
            second: str = address(1)


def test_two_tables_may_share_neither_number_nor_name(registry: Registry) -> None:
    class First(TechnicalRecord, table="first", number=1, registry=registry):
        pass

    with pytest.raises(DeclarationFault, match="number_taken"):

        class Second(TechnicalRecord, table="second", number=1, registry=registry):
            pass

    with pytest.raises(DeclarationFault, match="table_taken"):

        class Again(TechnicalRecord, table="first", number=2, registry=registry):
            pass

    with pytest.raises(DeclarationFault, match="number_taken"):

        class Zeroth(TechnicalRecord, table="zeroth", registry=registry):
            pass


def test_a_table_about_nobody_may_hold_nothing_personal(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match="wrong_holder"):

        class Parcel(TechnicalRecord, table="parcel", number=1, registry=registry):
            owner: str = address()


def test_a_table_about_people_has_one_retention_class(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match="argument=keep"):

        class Parcel(Record, table="parcel", number=1, registry=registry):
            owner: str = address()


def test_a_type_that_cannot_be_packed_is_refused(registry: Registry) -> None:
    with pytest.raises(DeclarationFault, match="unsealable_type"):

        class Parcel(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=registry):
            owner: dict[str, str] | list[int] | set[int] = address()


class TestTwoPeople:
    def test_the_second_person_needs_a_subject_column(self, registry: Registry) -> None:
        with pytest.raises(DeclarationFault, match=r"unknown_part .*part=caller"):

            class Call(Record, table="call", number=1, keep=Keep.EVIDENCE, parts=("caller",), registry=registry):
                name: str | None = address(1, part="caller", default=None)

    def test_a_field_names_a_part_that_exists(self, registry: Registry) -> None:
        with pytest.raises(DeclarationFault, match=r"unknown_part .*column=name, part=caller"):

            class Call(Record, table="call", number=1, keep=Keep.EVIDENCE, registry=registry):
                name: str | None = address(1, part="caller", default=None)

    def test_every_field_has_something_to_show_when_its_person_is_gone(self, registry: Registry) -> None:
        with pytest.raises(DeclarationFault, match=r"missing_default .*column=name"):

            class Call(Record, table="call", number=1, keep=Keep.EVIDENCE, parts=("caller",), registry=registry):
                caller: SubjectId | None = technical("who called", default=None)
                name: str = address(1, part="caller")

    def test_each_person_has_a_sealed_part(self, registry: Registry) -> None:
        class Call(Record, table="call", number=1, keep=Keep.EVIDENCE, parts=("caller",), registry=registry):
            caller: SubjectId | None = technical("who called", default=None)
            name: str | None = address(1, part="caller", default=None)

        columns = {column.name: column.nullable for column in Call.declaration.table.columns}
        assert columns["sealed"]
        assert columns["sealed_caller"]
        assert Call.declaration.parts == ("", "caller")


class TestRecords:
    def test_its_repr_shows_nothing_personal(self, registry: Registry) -> None:
        parcel = sample(registry)
        assert repr(parcel) == "Parcel(id='row', provider='acme', subject='alice', due=None, owner=…)"
        assert "elm" not in f"{parcel} {[parcel]!r}"

    def test_it_is_a_value(self, registry: Registry) -> None:
        parcel = sample(registry)
        assert replace(parcel, due=None) == parcel
        assert replace(parcel, due=1.0) != parcel
        with pytest.raises(FrozenInstanceError):
            parcel.due = 2.0  # type: ignore[misc]  # what is tested

    def test_only_technical_columns_exist_in_sql(self, registry: Registry) -> None:
        names = [column.name for column in sample(registry).declaration.table.columns]
        assert names == ["id", "provider", "subject", "due", "sealed"]

    def test_the_registry_finds_it(self, registry: Registry) -> None:
        kind = type(sample(registry))

        class Tally(
            TechnicalRecord, table="tally", number=1, unique=(("day",),), index=(("count", "day"),), registry=registry
        ):
            day: int = technical("which")
            count: int = technical("how many")

        assert list(registry) == [Tally, kind]
        assert list(registry.about_people()) == [kind]
        assert registry["parcel"] is kind
        assert len(registry) == 2
        assert {index.name for index in Tally.declaration.table.indexes} == {"ix_tally_count_day"}


class TestFlows:
    def test_making_one_declares_it_once(self) -> None:
        flows = Flows()
        flow = probe(flows)
        assert list(flows) == [flow]
        assert flows["probe"] is flow
        assert len(flows) == 1
        with pytest.raises(DeclarationFault, match="flow=probe"):
            probe(flows)


_LONGER = {Keep.REQUEST, Keep.IDENTITY_EVIDENCE, Keep.PACKAGE, Keep.SNAPSHOT, Keep.INVOICE}
"""Of these an erasure ends all but the invoice, which the law wants kept."""


@pytest.mark.parametrize("keep", Keep)
def test_a_retention_class_explains_itself(keep: Keep) -> None:
    assert keep.sentence.endswith(".")
    assert keep.starts
    assert keep in _LONGER or keep.seconds is None or keep.seconds <= 7 * 86_400
    assert keep.period is None or keep.period <= (keep.seconds or 0)


@pytest.mark.promise("ACR-08")
@pytest.mark.parametrize("keep", [Keep.CREDENTIAL, Keep.WHILE_REACHABLE])
def test_no_backup_holds_keys_of_credentials_and_push_tokens(keep: Keep) -> None:
    assert not keep.backed_up


def sample(registry: Registry) -> Record:
    class Parcel(Record, table="parcel", number=2, keep=Keep.EVIDENCE, registry=registry):
        owner: str = address()

    return Parcel(id=RowId("row"), provider=ProviderId("acme"), subject=SubjectId("alice"), owner="elm street")


def probe(flows: Flows) -> Flow:
    return Flow(
        name="probe",
        medium=Medium.SIP,
        carries=(),
        purpose=Purpose.SECURE,
        source=Source.GENERATED,
        to=Role.PBX,
        says="A probe.",
        among=flows,
    )
