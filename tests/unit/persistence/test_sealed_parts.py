"""Sealed parts across releases: fields come, and what a newer release wrote survives an older one."""

import datetime as dt
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.declarations import Category, Keep, Purpose, Record, Registry, Source, personal
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Unreadable
from ringfence.persistence.rows import codec_of
from ringfence.persistence.sealing import parts_of
from tests.doubles.sealing import MemorySealer
from tests.unit.persistence.samples import Parcel, State, parcel

K = TypeVar("K", bound=Record)
_ID = RowId("row")
_ACME = ProviderId("acme")
_ALICE = SubjectId("alice-id")
_WORDS = (Category.DEVICE, Purpose.ENROL, Source.PERSON)


class _Old(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=Registry()):
    name: str = personal(1, *_WORDS)


class _New(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=Registry()):
    name: str = personal(1, *_WORDS)
    born: dt.date | None = personal(2, *_WORDS, default=None)
    seen: tuple[float, ...] = personal(3, *_WORDS, default=(0.5,))


class _Needy(Record, table="parcel", number=1, keep=Keep.EVIDENCE, registry=Registry()):
    name: str = personal(1, *_WORDS)
    must: str = personal(4, *_WORDS)


def test_a_missing_tag_gets_its_default() -> None:
    (read,) = carry(_Old(id=_ID, provider=_ACME, subject=_ALICE, name="x"), _New)
    assert (read.name, read.born, read.seen) == ("x", None, (0.5,))


def test_a_missing_tag_without_default_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="column=must"):
        carry(_Old(id=_ID, provider=_ACME, subject=_ALICE, name="x"), _Needy)


def test_what_a_newer_release_wrote_survives_an_older_one() -> None:
    written = _New(id=_ID, provider=_ACME, subject=_ALICE, name="x", born=dt.date(2000, 2, 29), seen=(1.0, 2.0))
    (by_older,) = carry(written, _Old)
    assert "2000" not in repr(by_older)
    (back,) = carry(replace(by_older, name="y"), _New)
    assert back == replace(written, name="y")


@given(
    address=st.text(),
    photo=st.binary(),
    colours=st.lists(st.sampled_from(State)).map(tuple),
    weight=st.none() | st.integers(0, 9),
)
def test_every_record_comes_back_as_it_went(
    address: str, photo: bytes, colours: tuple[State, ...], weight: int | None
) -> None:
    sent = replace(parcel(address=address), photo=photo, colours=colours, weight=weight)
    assert carry(sent, Parcel) == [sent]


@given(address=st.text(min_size=6))
def test_packing_is_by_tag_not_by_name(address: str) -> None:
    packed = parts_of(Parcel.declaration)[0].pack(vars(parcel(address=address)))
    assert b"address" not in packed.replace(address.encode("utf-8", "surrogatepass"), b"")


def carry(record: Record, read_as: type[K]) -> list[K]:
    """Write as one release, read as another."""
    sealer = MemorySealer()
    (row,) = codec_of(type(record)).rows([record], sealer)
    columns = codec_of(read_as).table.columns
    return codec_of(read_as).records([[row[column.name] for column in columns]], sealer)
