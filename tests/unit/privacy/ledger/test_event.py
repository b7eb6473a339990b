"""The ledger takes closed facts only: nothing that could be a person's number, name or address gets in."""

import datetime as dt

import pytest

from ringfence.privacy.ledger.event import Event, FactNotClosed, closed_facts


def test_closed_facts_are_taken_as_they_are() -> None:
    facts = closed_facts(Event.ERASURE_REQUESTED, {"reason": "signed_out", "until": dt.date(2027, 1, 1)})
    assert facts == {"reason": "signed_out", "until": "2027-01-01"}


@pytest.mark.parametrize(
    "reason",
    ["+49 30 901820", "4930901820", "sip:anna@example.org", "anna@example.org", "Anna", "a.4930901820", "", "x" * 65],
)
def test_a_value_that_may_be_personal_is_refused(reason: str) -> None:
    with pytest.raises(FactNotClosed) as refused:
        closed_facts(Event.ERASURE_REQUESTED, {"reason": reason})
    assert not reason or reason not in str(refused.value)


def test_a_fact_that_the_event_does_not_carry_is_refused() -> None:
    with pytest.raises(FactNotClosed):
        closed_facts(Event.ENROLLED, {"reason": "asked"})


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(FactNotClosed):
        closed_facts(Event.SWEPT, {"number_called": 5})


def test_a_text_where_a_count_belongs_is_refused() -> None:
    with pytest.raises(FactNotClosed):
        closed_facts(Event.SWEPT, {"count": "7"})
