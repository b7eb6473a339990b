"""What a push says is bounded, whatever a caller sends."""

import pytest

from ringfence.identifiers import CallRef
from ringfence.services.wake.payload import Profile, call

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
