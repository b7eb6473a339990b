"""The load: a PBX that calls and phones that wake, on raw sockets. Shares no code with what it measures.

    pushed, 18 messages: INVITE -> 100, 180; phone: REGISTER -> 401, again -> 200; INVITE -> 180, 200; ACK; BYE -> 200
    plain, 13 messages:  INVITE -> 100; phone: INVITE -> 180, 200; ACK; BYE -> 200

It repeats nothing and forgives nothing: a call that does not come to its end counts as failed. `plain` is for peers
that relay without push; their phones have registered before (`enrol`) or need not.

Orders: enrol, call.
"""

import hashlib
import json
import re
import select
import socket
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, final

from benchmarks import population

__all__ = ["Caller"]

_HOST: Final = "127.0.0.1"
_PATIENCE: Final = 8.0  # seconds without any progress after which the calls that are up have failed
_SDP: Final = (
    b"v=0\r\no=- 3 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    b"a=sendrecv\r\na=ptime:20\r\n"
)
_VIAS = re.compile(rb"\r\n(Via: [^\r]*)").findall
_ROUTES = re.compile(rb"\r\nRecord-Route: ([^\r]*)").findall
_NONCE = re.compile(rb'nonce="([^"]*)"').search
_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)").search


def _field(data: bytes, name: bytes) -> bytes:
    at = data.find(b"\r\n" + name + b": ") + len(name) + 4
    return data[at : data.find(b"\r\n", at)]


@final
class _Phone:
    """One socket by which phones speak; over TCP one for each call."""

    def __init__(self, caller: "Caller", port: int, *, stream: bool, own: int = 0) -> None:
        kind = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
        self._socket = socket.socket(socket.AF_INET, kind)
        if stream:
            self._socket.connect((_HOST, port))
        else:
            self._socket.bind((_HOST, own))
        self._socket.setblocking(False)
        self._to = (_HOST, port)
        self._stream = stream
        self._rest = b""
        self.transport = b"TCP" if stream else b"UDP"
        self.address = b"%s:%d" % (_HOST.encode(), self._socket.getsockname()[1])
        self._caller = caller
        caller.watch(self._socket, self.readable)

    def send(self, data: bytes) -> None:
        if self._stream:
            self._socket.sendall(data)
        else:
            self._socket.sendto(data, self._to)

    def readable(self) -> None:
        while True:
            try:
                data = self._socket.recv(65_535)
            except BlockingIOError:
                return
            if not data:
                self.close()
                return
            for message in self._whole(data) if self._stream else (data,):
                self._caller.at_phone(message, self)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._caller.unwatch(self._socket)
            self._socket.close()

    def _whole(self, data: bytes) -> Iterable[bytes]:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH(self._rest, 0, end + 2)
            end += 4 + (int(length[1]) if length else 0)
            if len(self._rest) < end:
                return
            message, self._rest = self._rest[:end], self._rest[end:]
            yield message


@final
class _Call:
    __slots__ = ("account", "call_id", "number", "phone", "stage")

    def __init__(self, number: int, account: int, call_id: bytes) -> None:
        self.number = number
        self.account = account
        self.call_id = call_id
        self.stage = "calling"
        self.phone: _Phone | None = None


@final
class Caller:
    """Options: `target` (port that calls go to), `phones` (port that phones speak to), `stream`, `pushed`, `uri`
    (template of the Request-URI), `accounts`, `sockets`, `port` and `phone_port` (ours, where they are known before).
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._poll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._pbx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._pbx.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._pbx.bind((_HOST, options.get("port", 0)))
        self._pbx.setblocking(False)
        self._me = b"%s:%d" % (_HOST.encode(), self._pbx.getsockname()[1])
        self._target = (_HOST, options["target"])
        self.watch(self._pbx, self._pbx_readable)
        self._pushed: bool = options["pushed"]
        self._calls: dict[bytes, _Call] = {}
        self._by_user: dict[bytes, _Call] = {}
        self._sockets: list[_Phone] = []
        if not options.get("stream"):
            self._sockets = [self._phone() for _ in range(options.get("sockets", 1))]
        self._begun = 0
        self._done = 0
        self._messages = 0

    def watch(self, opened: socket.socket, reader: Callable[[], None]) -> None:
        self._readers[opened.fileno()] = reader
        self._poll.register(opened.fileno(), select.EPOLLIN)

    def unwatch(self, opened: socket.socket) -> None:
        self._poll.unregister(opened.fileno())
        del self._readers[opened.fileno()]

    def obey(self, order: dict[str, Any]) -> dict[str, object]:
        if order["do"] == "enrol":
            return self._enrol()
        return self._play(order["calls"], order.get("together", 32), order.get("rate", 0.0))

    # The phones

    def at_phone(self, data: bytes, phone: _Phone) -> None:
        self._messages += 1
        if data.startswith(b"SIP/2.0 401"):
            self._answer_challenge(data, phone)
        elif data.startswith(b"INVITE"):
            phone.send(self._reply(data, b"180 Ringing", phone))
            phone.send(self._reply(data, b"200 OK", phone, _SDP))
            self._messages += 2
        elif data.startswith(b"BYE"):
            phone.send(self._reply(data, b"200 OK", phone))
            self._messages += 1
        elif data.startswith(b"SIP/2.0 200") and data.find(b"REGISTER\r\n") > 0:
            self._enrolled += 1

    _enrolled = 0

    def _phone(self) -> _Phone:
        return _Phone(
            self,
            self._options["phones"],
            stream=bool(self._options.get("stream")),
            own=self._options.get("phone_port", 0),
        )

    def _reply(self, request: bytes, status: bytes, phone: _Phone, body: bytes = b"") -> bytes:
        routes = b"".join(b"Record-Route: %b\r\n" % route for route in _ROUTES(request))
        to = _field(request, b"To")
        if b"tag=" not in to:
            to += b";tag=phone"
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        return (
            b"SIP/2.0 %b\r\n%b\r\n%bFrom: %b\r\nTo: %b\r\nCall-ID: %b\r\nCSeq: %b\r\n"
            b"Contact: <sip:phone@%b;transport=%b>\r\n%bContent-Length: %d\r\n\r\n%b"
        ) % (
            status,
            b"\r\n".join(_VIAS(request)),
            routes,
            _field(request, b"From"),
            to,
            _field(request, b"Call-ID"),
            _field(request, b"CSeq"),
            phone.address,
            phone.transport.lower(),
            kind,
            len(body),
            body,
        )

    def _wake(self, call: _Call) -> None:
        call.stage = "waking"
        phone = call.phone = self._sockets[call.number % len(self._sockets)] if self._sockets else self._phone()
        user = population.name_of("device-user", call.account).encode()
        self._by_user[user] = call
        phone.send(self._register(call, user, 1, b""))
        self._messages += 1

    def _answer_challenge(self, data: bytes, phone: _Phone) -> None:
        nonce = _NONCE(data)
        user = _field(data, b"Call-ID")
        call = self._by_user.pop(user, None)
        if nonce is None or call is None:
            return
        uri, cnonce = b"sip:" + population.DOMAIN.encode(), b"0123456789abcdef"
        secret = b"%b:%b:%b" % (user, population.DEVICE_REALM.encode(), population.password_of(call.account).encode())
        answer = _sha256(
            b"%b:%b:00000001:%b:auth:%b" % (_sha256(secret), nonce[1], cnonce, _sha256(b"REGISTER:" + uri))
        )
        credentials = (
            b'Authorization: Digest username="%b", realm="%b", nonce="%b", uri="%b", response="%b", '
            b'algorithm=SHA-256, cnonce="%b", qop=auth, nc=00000001\r\n'
        ) % (user, population.DEVICE_REALM.encode(), nonce[1], uri, answer, cnonce)
        phone.send(self._register(call, user, 2, credentials))
        self._messages += 1

    def _register(self, call: _Call, user: bytes, number: int, credentials: bytes) -> bytes:
        phone = call.phone
        assert phone is not None  # noqa: S101 - it wakes before it registers
        domain, aor = population.DOMAIN.encode(), population.user_of(call.account).encode()
        return (
            b"REGISTER sip:%b SIP/2.0\r\nVia: SIP/2.0/%b %b;branch=z9hG4bK%b%d;rport\r\nMax-Forwards: 70\r\n"
            b"From: <sip:%b@%b>;tag=r\r\nTo: <sip:%b@%b>\r\nCall-ID: %b\r\nCSeq: %d REGISTER\r\n%b"
            b'Contact: <sip:phone@%b;transport=%b>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-%012d>"\r\n'
            b"Expires: 600\r\nSupported: outbound, path\r\nUser-Agent: phone\r\nContent-Length: 0\r\n\r\n"
        ) % (
            domain,
            phone.transport,
            phone.address,
            call.call_id.partition(b"@")[0] or user,
            number,
            aor,
            domain,
            aor,
            domain,
            user,
            number,
            credentials,
            phone.address,
            phone.transport.lower(),
            call.account,
        )

    def _enrol(self) -> dict[str, object]:
        """Register every account at a peer that asks for no password, so that its calls find a phone."""
        self._enrolled = 0
        for number in range(self._options["accounts"]):
            call = _Call(number, number, b"")
            call.phone = self._sockets[number % len(self._sockets)]
            call.phone.send(self._register(call, b"enrol%d" % number, 1, b""))
            self._turn(0.0)
        end = time.monotonic() + _PATIENCE
        while self._enrolled < self._options["accounts"] and time.monotonic() < end:
            self._turn(0.1)
        return {"enrolled": self._enrolled}

    # The PBX

    def _pbx_readable(self) -> None:
        while True:
            try:
                data = self._pbx.recv(65_535)
            except BlockingIOError:
                return
            self._messages += 1
            call = self._calls.get(_field(data, b"Call-ID"))
            if call is not None:
                self._at_pbx(data, call)

    def _at_pbx(self, data: bytes, call: _Call) -> None:
        status, method = data[8:11], _field(data, b"CSeq").rpartition(b" ")[2]
        if status == b"180" and self._pushed and call.stage == "calling":
            self._wake(call)
        elif status == b"200" and method == b"INVITE" and call.stage != "answered":
            call.stage = "answered"
            self._say(self._within(data, call, b"ACK", 1))
            self._say(self._within(data, call, b"BYE", 2))
        elif status == b"200" and method == b"BYE":
            self._end(call)

    def _call(self) -> None:
        """The Call-ID says when it left."""
        number = self._begun
        self._begun += 1
        account = number * 7919 % self._options["accounts"]  # a prime: all accounts, in no order that memory knows
        call_id = b"%d-%d@pbx" % (time.perf_counter_ns(), number)
        self._calls[call_id] = _Call(number, account, call_id)
        uri = self._options["uri"].format(
            user=population.user_of(account), contact=population.name_of("contact", account)
        )
        self._say(
            b"INVITE %b SIP/2.0\r\nVia: SIP/2.0/UDP %b;branch=z9hG4bK%bi;rport\r\nMax-Forwards: 70\r\n"
            b'From: "Alice A." <sip:+420111222333@%b>;tag=a%d\r\nTo: <sip:%b@%b>\r\nCall-ID: %b\r\nCSeq: 1 INVITE\r\n'
            b"Contact: <sip:alice@%b>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nUser-Agent: PBX\r\n"
            b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%b"
            % (
                uri.encode(),
                self._me,
                call_id.partition(b"@")[0],
                population.DOMAIN.encode(),
                number,
                population.user_of(account).encode(),
                population.DOMAIN.encode(),
                call_id,
                self._me,
                len(_SDP),
                _SDP,
            )
        )

    def _within(self, answer: bytes, call: _Call, method: bytes, number: int) -> bytes:
        contact = _field(answer, b"Contact")
        uri = contact[contact.find(b"<") + 1 : contact.find(b">")]
        recorded = [value for line in _ROUTES(answer) for value in line.split(b",")]
        routes = b"".join(b"Route: %b\r\n" % value.strip() for value in reversed(recorded))
        return (
            b"%b %b SIP/2.0\r\nVia: SIP/2.0/UDP %b;branch=z9hG4bK%b%b;rport\r\nMax-Forwards: 70\r\n%b"
            b"From: %b\r\nTo: %b\r\nCall-ID: %b\r\nCSeq: %d %b\r\nContent-Length: 0\r\n\r\n"
        ) % (
            method,
            uri,
            self._me,
            call.call_id.partition(b"@")[0],
            method,
            routes,
            _field(answer, b"From"),
            _field(answer, b"To"),
            call.call_id,
            number,
            method,
        )

    def _say(self, data: bytes) -> None:
        self._messages += 1
        self._pbx.sendto(data, self._target)

    def _end(self, call: _Call) -> None:
        del self._calls[call.call_id]
        self._done += 1
        if call.phone is not None and self._options.get("stream"):
            call.phone.close()

    # The run

    def _play(self, calls: int, together: int, rate: float) -> dict[str, object]:
        """So many calls; `together` of them up at a time, or begun `rate` a second whatever comes of them."""
        self._done = self._messages = 0
        self._calls.clear()
        first, begun = self._begun, time.monotonic()
        progress, seen = begun, 0
        while self._done < calls:
            now = time.monotonic()
            started = self._begun - first
            due = (now - begun) * rate if rate else self._done + together
            for _ in range(min(calls, int(due)) - started):
                self._call()
            self._turn(0.0)  # never sleeps: else whoever is measured would pay for waking us, the slower the more
            if self._done > seen:
                progress, seen = now, self._done
            elif now - progress > _PATIENCE:
                break
        taken = time.monotonic() - begun
        return {"done": self._done, "failed": calls - self._done, "seconds": taken, "messages": self._messages}

    def _turn(self, wait: float) -> None:
        for number, _ in self._poll.poll(wait):
            reader = self._readers.get(number)
            if reader is not None:
                reader()


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def main() -> None:
    """Say hello, then obey, one order a line."""
    caller = Caller(json.loads(sys.argv[1]))
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        print(json.dumps(caller.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
