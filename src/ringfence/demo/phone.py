"""A SIP telephone without a screen: registers, dials, rings, answers, talks, hangs up, over UDP or TLS.

Phone ── dial() ──> Dialling ── answered() ──┐
  └── incoming ──> Ringing ── answer() ──────┴──> Conversation (talk, hang_up, ended)
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ringfence.demo.assertion import NotHeld
from ringfence.demo.endpoint import Asked, Endpoint, Received, open_tls, open_udp
from ringfence.demo.media import Media, address_in_sdp
from ringfence.demo.sip import Address, Message, address_of, answer_challenge, bare
from ringfence.randomness import Randomness

__all__ = ["Account", "Conversation", "Dialling", "Phone", "Refused", "Ringing"]

_ANSWER_WITHIN = 10.0  # seconds; a refusal or an answer to anything but INVITE comes at once on loopback
_RINGS_FOR = 60.0  # seconds until a caller gives up by itself


@final
class Refused(NotHeld):
    """The other side said no; carries the SIP status."""

    def __init__(self, method: str, status: int) -> None:
        super().__init__("request_refused", method=method, status=status)
        self.status = status


@final
@dataclass(frozen=True, slots=True)
class Account:
    """Who a phone is, and how it proves it. `auth_user` and `password` belong to the realm that challenges."""

    user: str
    domain: str
    auth_user: str
    password: str
    display: str = ""

    @property
    def uri(self) -> str:
        return f"sip:{self.user}@{self.domain}"

    @property
    def name_addr(self) -> str:
        """What stands in From."""
        return f'"{self.display}" <{self.uri}>' if self.display else f"<{self.uri}>"

    def __repr__(self) -> str:
        return "Account(...)"


@final
class Phone:
    """One SIP user agent with one account, which speaks to one server (its outbound proxy)."""

    def __init__(self, account: Account, server: Address, randomness: Randomness) -> None:
        self.account, self.server = account, server
        self.incoming: asyncio.Queue[Ringing] = asyncio.Queue()
        self.endpoint = Endpoint(randomness, self._on_request)
        self._randomness = randomness
        self._transport = ""
        self._conversations: dict[str, Conversation] = {}
        self._ringing: dict[str, Ringing] = {}
        self._voices: list[Media] = []
        self._dialled: list[Dialling] = []
        self._call_id = self.endpoint.token()
        self._cseq = 0

    async def open_udp(self) -> None:
        await open_udp(self.endpoint)

    async def open_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Connect; raises ssl.SSLCertVerificationError when the server can't show the right certificate."""
        self._transport = ";transport=tls"
        await open_tls(self.endpoint, self.server, context, server_name)

    def close(self) -> None:
        for voice in self._voices:
            voice.close()
        for dialling in self._dialled:
            dialling.forget()
        self.endpoint.close()

    @property
    def contact(self) -> str:
        host, port = self.endpoint.address
        return f"<sip:{self.account.user}@{host}:{port}{self._transport}>"

    async def register(self, *extra: tuple[str, str], expires: int = 600, contact_params: str = "") -> Message:
        """Bind this phone at its server and return the 200; raises Refused."""
        headers = [
            ("From", f"{self.account.name_addr};tag={self.endpoint.token()}"),
            ("To", f"<{self.account.uri}>"),
            ("Call-ID", self._call_id),
            ("Contact", self.contact + contact_params),
            ("Expires", str(expires)),
            *extra,
        ]
        asked = await self._ask("REGISTER", f"sip:{self.account.domain}", headers)
        return _accepted(await asked.final(_ANSWER_WITHIN), "REGISTER")

    async def dial(self, uri: str) -> "Dialling":
        """Call somebody. What the other side says is told by the object that comes back."""
        media = await self.voice()
        headers = [
            ("From", f"{self.account.name_addr};tag={self.endpoint.token()}"),
            ("To", f"<{uri}>"),
            ("Call-ID", self.endpoint.token()),
            ("Contact", self.contact),
            ("Content-Type", "application/sdp"),
        ]
        dialling = Dialling(self, await self._ask("INVITE", uri, headers, media.sdp()), media)
        self._dialled.append(dialling)
        return dialling

    async def voice(self) -> Media:
        """A fresh socket for sound, which closes with the phone."""
        media = Media(self._randomness)
        await media.open()
        self._voices.append(media)
        return media

    async def _ask(self, method: str, uri: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> Asked:
        """Send, and if challenged send again with credentials; the second request's answers are the caller's."""
        first = self.endpoint.ask(self._numbered(method, uri, headers, body), self.server)
        answer = await first.answers.get()
        while answer.status == 100:
            answer = await first.answers.get()
        if answer.status not in {401, 407}:
            first.answers.put_nowait(answer)
            return first
        source, credentials = (
            ("www-authenticate", "Authorization")
            if answer.status == 401
            else ("proxy-authenticate", "Proxy-Authorization")
        )
        proof = answer_challenge(
            answer.lines(source),
            user=self.account.auth_user,
            password=self.account.password,
            method=method,
            uri=uri,
            cnonce=self.endpoint.token(),
        )
        again = self._numbered(method, uri, [*headers, (credentials, proof)], body)
        return self.endpoint.ask(again, self.server)

    def _numbered(self, method: str, uri: str, headers: Sequence[tuple[str, str]], body: bytes) -> Message:
        self._cseq += 1
        return Message.request(
            method, uri, [("Max-Forwards", "70"), *headers, ("CSeq", f"{self._cseq} {method}")], body
        )

    def began(self, conversation: "Conversation") -> None:
        self._conversations[conversation.call_id] = conversation

    def _on_request(self, received: Received) -> None:
        request = received.request
        conversation = self._conversations.get(request.first("call-id"))
        ringing = self._ringing.get(request.first("call-id"))
        match request.method:
            case "INVITE" if ringing is None and conversation is None:
                self._ring(received)
            case "CANCEL" if ringing:
                received.reply(200, "OK")
                ringing.cancelled(request.first("reason"))
            case "ACK":
                if conversation:
                    conversation.established.set()
            case "BYE" if conversation:
                received.reply(200, "OK")
                conversation.ended.set()
            case "OPTIONS":
                received.reply(200, "OK")
            case _:
                received.reply(481, "Call/Transaction Does Not Exist")

    def _ring(self, received: Received) -> None:
        ringing = Ringing(self, received)
        self._ringing[received.request.first("call-id")] = ringing
        received.reply(100, "Trying")
        received.reply(180, "Ringing", ("Contact", self.contact), *ringing.record_route)
        self.incoming.put_nowait(ringing)


@final
class Dialling:
    """A call of ours that nobody has answered yet."""

    def __init__(self, phone: Phone, asked: Asked, media: Media) -> None:
        self.progress: list[int] = []
        """The provisional statuses that were heard, in order."""
        self.ringing = asyncio.Event()
        self._phone, self._asked, self._media = phone, asked, media
        self._final = asyncio.get_running_loop().create_task(asked.final(_RINGS_FOR, self._heard))

    async def answered(self, within: float) -> "Conversation":
        """The conversation, once the other side picks up; raises Refused or TimeoutError."""
        answer = _accepted(await asyncio.wait_for(asyncio.shield(self._final), within), "INVITE")
        conversation = Conversation.of_answer(self._phone, self._asked.request, answer, self._media)
        conversation.acknowledge(self._asked.request.first("cseq").split()[0])
        return conversation

    def cancel(self) -> None:
        self._asked.cancel()

    def forget(self) -> None:
        """Wait for no answer any more."""
        self._final.cancel()

    def _heard(self, answer: Message) -> None:
        self.progress.append(answer.status)
        if answer.status == 180:
            self.ringing.set()


@final
class Ringing:
    """A call to us that we have not answered yet; 180 went out by itself."""

    def __init__(self, phone: Phone, received: Received) -> None:
        self.request = received.request
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the call was cancelled, with the Reason header."""
        self._phone, self._received = phone, received

    @property
    def record_route(self) -> list[tuple[str, str]]:
        return [("Record-Route", value) for value in self.request.lines("record-route")]

    async def answer(self, within: float = _ANSWER_WITHIN) -> "Conversation":
        """Pick up, and wait until the other side knows; raises TimeoutError."""
        media = await self._phone.voice()
        conversation = Conversation.of_request(self._phone, self.request, self._received.tag, media)
        headers = [*self.record_route, ("Contact", self._phone.contact), ("Content-Type", "application/sdp")]
        self._received.reply(200, "OK", *headers, body=media.sdp())
        await asyncio.wait_for(conversation.established.wait(), within)
        return conversation

    def decline(self) -> None:
        self._received.reply(603, "Decline")

    def cancelled(self, reason: str) -> None:
        """What the phone does when CANCEL comes."""
        self._received.reply(487, "Request Terminated")
        if not self.over.done():
            self.over.set_result(reason)


@final
class Conversation:
    """An established dialog with sound (RFC 3261 section 12)."""

    def __init__(
        self,
        phone: Phone,
        *,
        call_id: str,
        local: str,
        remote: str,
        target: str,
        routes: list[str],
        media: Media,
        to: Address,
    ) -> None:
        self.call_id, self.media = call_id, media
        self.established, self.ended = asyncio.Event(), asyncio.Event()
        self._phone, self._local, self._remote = phone, local, remote
        self._target, self._routes, self._voice_at = target, routes, to
        self._cseq = 1000  # above what opened the dialog
        phone.began(self)

    @classmethod
    def of_answer(cls, phone: Phone, request: Message, answer: Message, media: Media) -> "Conversation":
        """The caller's side: what a 2xx to our INVITE agreed."""
        return cls(
            phone,
            call_id=request.first("call-id"),
            local=request.first("from"),
            remote=answer.first("to"),
            target=bare(answer.first("contact")),
            routes=list(answer.values("record-route"))[::-1],
            media=media,
            to=address_in_sdp(answer.body),
        )

    @classmethod
    def of_request(cls, phone: Phone, request: Message, tag: str, media: Media) -> "Conversation":
        """The called side: what the INVITE that we answer says."""
        return cls(
            phone,
            call_id=request.first("call-id"),
            local=f"{request.first('to')};tag={tag}",
            remote=request.first("from"),
            target=bare(request.first("contact")),
            routes=list(request.values("record-route")),
            media=media,
            to=address_in_sdp(request.body),
        )

    async def talk(self, packets: int, within: float = 5.0) -> int:
        """Say and hear so many packets of 20 ms; returns how many were heard, raises TimeoutError."""
        _, heard = await asyncio.gather(self.media.play(self._voice_at, packets), self.media.hear(packets, within))
        return heard

    async def hang_up(self) -> None:
        """Send BYE; raises Refused when the other side knows of no such call."""
        asked = self._phone.endpoint.ask(self._request("BYE", self._cseq), self._next_hop())
        self.ended.set()
        _accepted(await asked.final(_ANSWER_WITHIN), "BYE")

    def acknowledge(self, number: str) -> None:
        """Send the ACK of a 2xx to INVITE number `number`."""
        request = self._request("ACK", int(number))
        endpoint = self._phone.endpoint
        request.headers.insert(0, ("Via", f"{endpoint.via};rport;branch=z9hG4bK{endpoint.token()}"))
        endpoint.send(request, self._next_hop())

    def _request(self, method: str, number: int) -> Message:
        headers = [("Max-Forwards", "70"), *(("Route", route) for route in self._routes)]
        headers += [("From", self._local), ("To", self._remote), ("Call-ID", self.call_id)]
        return Message.request(method, self._target, [*headers, ("CSeq", f"{number} {method}")])

    def _next_hop(self) -> Address:
        return address_of(self._routes[0] if self._routes else self._target)


def _accepted(answer: Message, method: str) -> Message:
    if answer.status >= 300:
        raise Refused(method, answer.status)
    return answer
