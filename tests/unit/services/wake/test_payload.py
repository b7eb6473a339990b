"""What a push says is bounded, whatever a caller sends."""

import pytest

from ringfence.identifiers import CallRef
from ringfence.services.wake import Profile, payload
from ringfence.services.wake.payload import call

REF = CallRef("r" * 26)
FCM_TAKES = 4096


@pytest.mark.pitfall(16)
def test_linphone_pairs_a_push_with_its_invite_by_the_call_id() -> None:
    assert call(Profile.LINPHONE, REF, 0, box=b"", call_id="c1@pbx")["call-id"] == "c1@pbx"


@pytest.mark.parametrize("call_id", ["x" * 30_000, "\u20ac" * 1_000])
def test_a_caller_can_not_make_a_push_too_long_for_its_service(call_id: str) -> None:
    data = call(Profile.LINPHONE, REF, 0, box=b"", call_id=call_id)
    assert data["call-id"] == REF
    assert sum(len(key) + len(value.encode()) for key, value in data.items()) < FCM_TAKES


@pytest.mark.parametrize("profile", Profile)
def test_no_build_is_told_who_calls(profile: Profile) -> None:
    for said in (
        call(profile, REF, 60, box=bytes(9), call_id="c1"),
        payload.test(profile, REF, 60),
        payload.over(profile, REF, missed=True),
        payload.alert(profile),
        payload.warning(profile, 60, visible=False),
    ):
        for name in ("from-uri", "display-name", "UserName", "UserDisplayName", "Message"):
            assert not (said or {}).get(name)


@pytest.mark.parametrize("profile", [Profile.RINGFENCE, Profile.ACROBITS])
def test_the_call_id_which_the_caller_chose_goes_to_no_build_that_can_do_without(profile: Profile) -> None:
    assert "canary" not in str(call(profile, REF, 60, box=b"", call_id="canary@10.1.2.3"))


def test_a_test_wakes_as_a_call_does() -> None:
    assert payload.test(Profile.RINGFENCE, REF, 60) == {"v": "1", "test": REF, "by": "60"}
    assert payload.test(Profile.LINPHONE, REF, 60)["loc-key"] == "IC_MSG"
    assert payload.test(Profile.ACROBITS, REF, 60)["verb"] == "NotifyIncomingCall"


def test_what_would_need_words_of_ours_is_not_said_by_acrobits() -> None:
    assert payload.alert(Profile.ACROBITS) is None
    assert payload.warning(Profile.ACROBITS, 60, visible=True) is None
