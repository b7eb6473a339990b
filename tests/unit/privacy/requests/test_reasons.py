import pytest

from ringfence.privacy.requests.reasons import OwnReason, own_reason


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "bg", "cs"])
@pytest.mark.parametrize("reason", OwnReason)
def test_each_reason_of_our_own_is_said_in_each_language(reason: OwnReason, language: str) -> None:
    assert len(own_reason(reason, language)) > 40
    assert language == "en" or own_reason(reason, language) != own_reason(reason, "en")


def test_a_language_that_nobody_wrote_in_is_answered_in_english() -> None:
    assert own_reason(OwnReason.NOT_DECIDED, "xx") == own_reason(OwnReason.NOT_DECIDED, "en")
