"""SIP URIs (RFC 3261 section 19.1)."""

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.uri import Uri, scheme_of


def test_every_part_is_read() -> None:
    uri = Uri.parse(b"sips:Alice:pass@Example.NET:5061;transport=tcp;LR?Subject=a%20b&priority=urgent")
    assert uri == Uri(
        b"sips", b"Alice", b"example.net", 5061,
        {b"transport": b"tcp", b"lr": None}, {b"subject": b"a%20b", b"priority": b"urgent"}, b"pass",
    )  # fmt: skip
    assert uri.secure
    assert uri.to_bytes() == b"sips:Alice:pass@example.net:5061;transport=tcp;lr?subject=a%20b&priority=urgent"


@pytest.mark.parametrize(
    ("text", "host", "address"),
    [
        (b"sip:[2001:DB8::1]", b"[2001:db8::1]", "2001:db8::1"),
        (b"sip:bob@[::ffff:192.0.2.1]:5070;lr", b"[::ffff:192.0.2.1]", "::ffff:192.0.2.1"),
        (b"sip:192.0.2.1", b"192.0.2.1", "192.0.2.1"),
        (b"sip:pbx_1", b"pbx_1", "pbx_1"),
    ],
)
def test_hosts_are_names_or_addresses_of_both_families(text: bytes, host: bytes, address: str) -> None:
    uri = Uri.parse(text)
    assert (uri.host, uri.address) == (host, address)


@pytest.mark.parametrize(
    "text",
    [
        b"sip:",
        b"sip:@example.net",
        b"sip:a@",
        b"sip:a@b@c",
        b"sip:a b@c",
        b"sip:a@b:port",
        b"sip:a@b:123456",
        b"sip:a@b:70000",
        b"sip:a@b;",
        b"sip:a@b;;x",
        b"sip:a@b;x=",
        b"sip:a@b;x;X",
        b"sip:a@b?",
        b"sip:a@b?x",
        b"sip:a@b?=x",
        b"sip:a%2@b",
        b"sip:a@b;x=%zz",
        b"sip:2001:db8::1",
        b"sip:[2001:db8::1",
        b"sip:[:::]",
        b"sip:[192.0.2.1]",
        b"sip:.a",
        b"sip:a..b",
        b"sip:<a@b>",
        b'sip:"a"@b',
        b"sip:a@b\r\n",
        b"",
        b"bob",
        b"bob@example.net",
        b":x",
        b"1tel:x",
        b"sip:\xc3\xa4@example.net",
    ],
)
def test_what_the_grammar_does_not_allow_is_refused(text: bytes) -> None:
    with pytest.raises(BadMessage) as caught:
        Uri.parse(text)
    assert caught.value.status == 400


@pytest.mark.parametrize("text", [b"tel:+4930123", b"http://www.example.com", b"nobodyKnowsThisScheme:opaque"])
def test_another_scheme_is_416(text: bytes) -> None:
    with pytest.raises(BadMessage) as caught:
        Uri.parse(text)
    assert caught.value.status == 416


def test_the_scheme_of_anything() -> None:
    assert scheme_of(b"SOAP.beep://x") == b"soap.beep"
    with pytest.raises(BadMessage):
        scheme_of(b"sip:")


def test_a_feature_code_may_stand_unescaped() -> None:
    assert Uri.parse(b"sip:*21*100#@example.net").user == b"*21*100#"


@pytest.mark.parametrize(
    ("one", "two"),
    [  # the examples of section 19.1.4
        (b"sip:%61lice@atlanta.com;transport=TCP", b"sip:alice@AtLanTa.CoM;Transport=tcp"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com;newparam=5"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com;security=on"),
        (b"sip:carol@chicago.com;newparam=5", b"sip:carol@chicago.com;security=on"),
        (
            b"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            b"sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            b"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            b"sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
    ],
)
def test_equal_by_the_rfc(one: bytes, two: bytes) -> None:
    assert Uri.parse(one) == Uri.parse(two)
    assert hash(Uri.parse(one)) == hash(Uri.parse(two))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (b"SIP:ALICE@AtLanTa.CoM;Transport=udp", b"sip:alice@AtLanTa.CoM;Transport=UDP"),
        (b"sip:bob@biloxi.com", b"sip:bob@biloxi.com:5060"),
        (b"sip:bob@biloxi.com", b"sip:bob@biloxi.com;transport=udp"),
        (b"sip:bob@biloxi.com", b"sip:bob@biloxi.com:6000;transport=tcp"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com?Subject=next%20meeting"),
        (b"sip:bob@phone21.boxesbybob.com", b"sip:bob@192.0.2.4"),
        (b"sip:carol@chicago.com;security=on", b"sip:carol@chicago.com;security=off"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com;maddr=239.255.255.1"),
        (b"sip:carol@chicago.com", b"sips:carol@chicago.com"),
        (b"sip:carol:a@chicago.com", b"sip:carol@chicago.com"),
        (b"sip:carol@chicago.com?a=1", b"sip:carol@chicago.com?a=2"),
    ],
)
def test_different_by_the_rfc(one: bytes, two: bytes) -> None:
    assert Uri.parse(one) != Uri.parse(two)


def test_a_uri_is_no_string() -> None:
    assert Uri.parse(b"sip:a@b") != b"sip:a@b"


def test_changed_ones_are_new_ones() -> None:
    uri = Uri.parse(b"sip:alice:secret@example.net:5070;lr;ob?a=b")
    assert uri.with_user(b"bob").to_bytes() == b"sip:bob@example.net:5070;lr;ob?a=b"
    assert uri.with_user(None).without_headers().to_bytes() == b"sip:example.net:5070;lr;ob"
    assert uri.with_host(b"[::1]").to_bytes() == b"sip:alice:secret@[::1];lr;ob?a=b"
    assert uri.with_param(b"lr", b"on").with_param(b"x").params == {b"lr": b"on", b"ob": None, b"x": None}
    assert uri.without_params(b"lr").params == {b"ob": None}
    assert uri.without_params().params == {}
    assert uri == Uri.parse(b"sip:alice:secret@example.net:5070;lr;ob?a=b")
