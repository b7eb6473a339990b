"""Messages and pieces of messages for tests: by hand, and made by hypothesis."""

from hypothesis import strategies as st

__all__ = ["INVITE", "invite", "messages", "names", "pieces", "tokens", "uris", "values", "wild"]

INVITE = (
    b"INVITE sip:bob@example.net SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n"
    b"v: SIP/2.0/TCP [2001:db8::9]:5061;branch=z9hG4bKnashds8\r\n"
    b"Max-Forwards: 70\r\n"
    b'f: "Liddell, Alice" <sip:alice@example.net>;tag=1928301774\r\n'
    b"To: <sip:bob@example.net>\r\n"
    b"Call-ID: a84b4c76e66710@192.0.2.10\r\n"
    b"CSeq: 314159 INVITE\r\n"
    b"Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n"
    b"X-Folded: one\r\n two\r\n\tthree\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: 4\r\n"
    b"\r\n"
    b"v=0\n"
)


def invite(*lines: bytes, without: bytes = b"") -> bytes:
    """The INVITE with more header lines, or without those that start with `without`."""
    head, _, body = INVITE.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not without or not line.startswith(without)]
    return b"\r\n".join([*kept, *lines]) + b"\r\n\r\n" + body


_TOKEN = b"ABCXYZabcxyz0189-.!%*_+`'~"


def _text(alphabet: bytes, low: int, high: int) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(list(alphabet)), min_size=low, max_size=high).map(bytes)


tokens = _text(_TOKEN, 1, 8)
names = st.sampled_from([b"Via", b"v", b"FROM", b"to", b"Call-ID", b"cseq", b"L", b"X-Odd", b"m", b"Route"]) | tokens
values = st.binary(max_size=20).map(lambda raw: bytes(byte for byte in raw if byte >= 0x20 and byte != 0x7F))
_glue = st.sampled_from([b": ", b":", b" : ", b":\t", b":\r\n "])

_TELLING = [
    *b'" \\ < > ; , = ? @ : [ ] % %4 %41 * tag branch sip: sips: tel: a 1 SIP/2.0 /UDP INVITE Via'.split(),
    *(b"Content-Length", b" ", b"\t", b"\r\n", b"\r", b"\n", b"\0", b"\xff", b"\r\n\r\n", b"9" * 20),
]
wild = st.binary(max_size=200) | st.lists(st.sampled_from(_TELLING), max_size=40).map(b"".join)
"""Anything, and what looks nearly right."""


@st.composite
def _mutilated(draw: st.DrawFn) -> bytes:
    at = draw(st.integers(0, len(INVITE)))
    gone = draw(st.integers(0, 12))
    return INVITE[:at] + draw(wild) + INVITE[at + gone :]


pieces = wild | _mutilated()


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Whole messages with odd but legal lines, and a true Content-Length."""
    start = draw(st.sampled_from([b"INVITE sip:bob@example.net SIP/2.0", b"SIP/2.0 200 ", b"BYE tel:+1 SIP/2.0"]))
    body = draw(st.binary(max_size=60))
    lines = draw(st.lists(st.tuples(names, _glue, values), max_size=8))
    kept = [name + glue + value for name, glue, value in lines if name.lower() not in (b"l", b"content-length")]
    return b"\r\n".join([start, *kept, b"Content-Length: %d" % len(body), b"", body])


_hosts = st.sampled_from(
    [b"example.net", b"EXAMPLE.net", b"192.0.2.1", b"[2001:db8::1]", b"[::ffff:192.0.2.1]", b"a-b.c"]
)
_users = _text(b"abAB019-_.!~*'()&=+$,;?/", 1, 8) | st.sampled_from([b"%61", b"a%20b", b"+49123"])


@st.composite
def uris(draw: st.DrawFn) -> bytes:
    """SIP URIs as the grammar allows them."""
    user = draw(st.none() | _users)
    port = draw(st.none() | st.integers(0, 65535))
    names = draw(st.lists(_text(b"abcXYZ019-.", 1, 6), max_size=3, unique_by=bytes.lower))
    parts = [draw(st.sampled_from([b"sip:", b"sips:"])), b"" if user is None else user + b"@", draw(_hosts)]
    parts.append(b"" if port is None else b":%d" % port)
    parts += [b";" + name + draw(st.sampled_from([b"", b"=1", b"=tcp", b"=%41b"])) for name in names]
    return b"".join(parts)
