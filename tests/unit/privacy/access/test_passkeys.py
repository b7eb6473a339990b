"""Passkeys: what an authenticator's answer must be like."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.privacy.access import KnownPasskey, NewPasskey, Passkeys, PasskeyUnusable, Place
from tests.doubles.authenticator import Authenticator

PLACE = Place.of("https://ring.example:8443/", "Ringfence")
CHALLENGE = b"c" * 32
HERE = Passkeys(PLACE)


def phone(**changes: Any) -> Authenticator:  # each test names what is different
    return Authenticator(**{"origin": PLACE.origin, **changes})


def registered(authenticator: Authenticator) -> NewPasskey:
    options = HERE.to_register(CHALLENGE, user=b"opaque", name="phone")
    return HERE.registered(authenticator.register(options), CHALLENGE)


def known(made: NewPasskey) -> KnownPasskey:
    return KnownPasskey(made.public_key, made.count)


def test_the_place_is_host_and_origin() -> None:
    assert Place("ring.example", "https://ring.example:8443", "Ringfence") == PLACE


def test_a_passkey_that_was_registered_signs_in() -> None:
    mine = phone()
    made = registered(mine)
    answer = mine.sign_in(HERE.to_sign_in(CHALLENGE))
    assert made.id == mine.credential
    assert HERE.signed_in(answer, CHALLENGE, known(made)) == 1


def test_what_is_asked_for_is_user_verification_no_attestation_and_no_known_key_again() -> None:
    options = HERE.to_register(CHALLENGE, user=b"opaque", name="phone", known=[b"old"])
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert len(options["excludeCredentials"]) == 1
    assert HERE.to_sign_in(CHALLENGE)["userVerification"] == "required"
    assert not HERE.to_sign_in(CHALLENGE).get("allowCredentials")
    assert json.dumps(options)


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://ring.example.evil.test"}, {"origin": "http://ring.example:8443"}, {"verified": False}],
)
def test_an_answer_of_another_place_or_without_verification_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PasskeyUnusable):
        registered(phone(**changes))
    mine = phone()
    made = registered(mine)
    for name, value in changes.items():
        setattr(mine, name, value)
    with pytest.raises(PasskeyUnusable):
        HERE.signed_in(mine.sign_in(HERE.to_sign_in(CHALLENGE)), CHALLENGE, known(made))


def test_an_answer_to_another_challenge_is_refused() -> None:
    mine = phone()
    made = registered(mine)
    with pytest.raises(PasskeyUnusable):
        HERE.signed_in(mine.sign_in(HERE.to_sign_in(b"d" * 32)), CHALLENGE, known(made))
    with pytest.raises(PasskeyUnusable):
        HERE.registered(mine.register(HERE.to_register(b"d" * 32, user=b"u", name="n")), CHALLENGE)


def test_a_signature_of_another_key_is_refused() -> None:
    made = registered(phone())
    with pytest.raises(PasskeyUnusable):
        HERE.signed_in(phone().sign_in(HERE.to_sign_in(CHALLENGE)), CHALLENGE, known(made))


def test_an_authenticator_whose_count_goes_back_was_copied_and_is_refused() -> None:
    mine = phone()
    made = registered(mine)
    answer = mine.sign_in(HERE.to_sign_in(CHALLENGE))
    with pytest.raises(PasskeyUnusable):
        HERE.signed_in(answer, CHALLENGE, KnownPasskey(made.public_key, 5))


@given(
    st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: st.dictionaries(
                st.sampled_from(
                    ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "signature"]
                ),
                inner,
                max_size=5,
            ),
            max_leaves=12,
        ).map(json.dumps),
    )
)
def test_whatever_comes_instead_of_an_answer_is_refused_in_one_way(answer: str) -> None:
    with pytest.raises(PasskeyUnusable):
        HERE.registered(answer, CHALLENGE)
    with pytest.raises(PasskeyUnusable):
        HERE.signed_in(answer, CHALLENGE, KnownPasskey(b"", 0))


def test_an_answer_that_is_too_long_is_not_even_read() -> None:
    with pytest.raises(PasskeyUnusable):
        HERE.id_of(json.dumps({"id": "x" * 20_000}))


def test_a_passkey_that_was_given_no_name_shows_whose_place_it_opens() -> None:
    assert HERE.to_register(CHALLENGE, user=b"opaque", name=" ")["user"]["name"] == HERE._place.name
