"""How a field says what becomes of it in a copy for the person."""

import pytest

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.declarations import REGISTRY, Category, Keep, Purpose, Record, Registry, Source, Third, personal
from ringfence.declarations.errors import UnknownFlag
from ringfence.declarations.fields import MAIN, Personal
from ringfence.declarations.handing import ABOUT_OTHERS


def caller(**handed: object) -> Personal:
    declared = {"tag": 1, "category": Category.CALLER, "purpose": Purpose.SHOW_MISSED, "source": Source.OTHER_PARTY}
    return Personal(**{**declared, **handed})  # type: ignore[arg-type]  # named above


@pytest.mark.promise("ZOI-05")
def test_every_record_says_what_becomes_of_somebody_else_in_a_copy() -> None:
    silent = [
        f"{kind.declaration.name}.{field.name}"
        for kind in REGISTRY.about_people()
        for field in kind.declaration.personal
        if field.says.category in ABOUT_OTHERS and field.says.part == MAIN and field.says.third is None
    ]
    assert silent == []


@pytest.mark.promise("ZOI-05")
def test_somebody_else_is_masked_where_nothing_is_said() -> None:
    assert caller().about_others is Third.MASKED
    assert caller(third=Third.SHOWN).about_others is Third.SHOWN
    assert caller(category=Category.NAME).about_others is None
    assert caller(part="caller").about_others is None, "the part is theirs, so the datum speaks of themselves"


def test_what_works_like_a_password_is_known_by_its_category_or_says_so() -> None:
    assert caller(category=Category.DEVICE_SECRET).works_like_a_password
    assert caller(secret=True).works_like_a_password
    assert not caller().works_like_a_password


def test_what_withholds_a_field_is_a_flag_of_the_same_record() -> None:
    with pytest.raises(UnknownFlag):

        class Silent(Record, table="silent", number=1, keep=Keep.SHORT_CALLS, registry=Registry()):
            number: str = personal(
                1, Category.CALLER, Purpose.SHOW_MISSED, Source.PBX, third=Third.SHOWN, withheld_if="clir"
            )

    class Telling(Record, table="telling", number=1, keep=Keep.SHORT_CALLS, registry=Registry()):
        number: str = personal(
            1, Category.CALLER, Purpose.SHOW_MISSED, Source.PBX, third=Third.SHOWN, withheld_if="clir"
        )
        clir: bool = personal(2, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.PBX)

    assert Telling.declaration.personal[0].says.withheld_if == "clir"
