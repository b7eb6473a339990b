"""A PBX no larger than a story needs: registrar with digest, several contacts a person, and a forking proxy, over UDP.

    callers ──INVITE──> Pbx ──INVITE──> each contact of the person called
                         │ registrar: 401, then 200 with every contact
                         └ proxy: Record-Route, one branch a contact, first 2xx wins, CANCEL to the others

It stands for the Kamailio or Asterisk that a provider already runs; it knows Ringfence only as one more contact.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final, final

from ringfence.clock import Clock
from ringfence.demo.endpoint import Asked, Endpoint, Received, open_udp
from ringfence.demo.sip import Address, Gibberish, Message, address_of, auth_params, bare, digest, param, user_of
from ringfence.randomness import Randomness

__all__ = ["Contact", "Pbx"]

_MAX_EXPIRES: Final = 3600  # seconds; what most PBXs grant at most
_RINGS_FOR: Final = 30.0  # seconds until the PBX gives up on a call


@final
@dataclass(frozen=True, slots=True)
class Contact:
    """One binding of an address-of-record."""

    uri: str
    expires_at: float
    """Monotonic seconds."""
    call_id: str


@final
class Pbx:
    """The provider's exchange. `accounts` are user names and passwords in the domain `domain`."""

    def __init__(self, domain: str, accounts: dict[str, str], *, clock: Clock, randomness: Randomness) -> None:
        self.domain = domain
        self.registrations: list[Message] = []
        """Every REGISTER that arrived, in order: who kept registering, and who stopped."""
        self.accounts, self._clock = dict(accounts), clock
        self._bindings: dict[str, dict[str, Contact]] = {}
        self._nonces: set[str] = set()
        self._endpoint = Endpoint(randomness, self._on_request)
        self._calls: dict[str, _Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await open_udp(self._endpoint, host, port)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._endpoint.close()

    @property
    def address(self) -> Address:
        return self._endpoint.address

    def contacts(self, user: str) -> list[Contact]:
        """The bindings of `user` that are still alive."""
        now = self._clock.monotonic()
        return [contact for contact in self._bindings.get(user, {}).values() if contact.expires_at > now]

    def registrations_of(self, user: str) -> list[Message]:
        """Every REGISTER about `user` that arrived."""
        return [request for request in self.registrations if user_of(request.first("to")) == user]

    def _on_request(self, received: Received) -> None:
        request = received.request
        if request.method == "REGISTER":
            self._register(received)
        elif request.method == "CANCEL":
            self._cancel(received)
        elif request.method == "ACK":
            self._acknowledge(request)
        elif param(request.first("to"), "tag"):
            self._pass_on(received)
        elif request.method == "INVITE":
            self._call(received)
        else:
            received.reply(*((200, "OK") if request.method == "OPTIONS" else (405, "Method Not Allowed")))

    # registrar

    def _register(self, received: Received) -> None:
        request = received.request
        self.registrations.append(request)
        user = user_of(request.first("to"))
        if self._proven(request, "authorization") != user:
            received.reply(401, "Unauthorized", ("WWW-Authenticate", self._challenge()))
            return
        self._bind(user, request)
        now = self._clock.monotonic()
        found = [f"<{contact.uri}>;expires={int(contact.expires_at - now)}" for contact in self.contacts(user)]
        received.reply(200, "OK", *(("Contact", value) for value in found))

    def _bind(self, user: str, request: Message) -> None:
        held = self._bindings.setdefault(user, {})
        for value in request.values("contact"):
            if value == "*":
                held.clear()
                continue
            uri = bare(value)
            asked = param(value, "expires") or request.first("expires") or str(_MAX_EXPIRES)
            until = self._clock.monotonic() + min(int(asked), _MAX_EXPIRES)
            held.pop(uri, None)
            if int(asked):
                held[uri] = Contact(uri, until, request.first("call-id"))

    def _challenge(self) -> str:
        nonce = self._endpoint.token()
        self._nonces.add(nonce)
        return f'Digest realm="{self.domain}", nonce="{nonce}", algorithm=MD5, qop="auth"'

    def _proven(self, request: Message, header: str) -> str:
        """The user whose password the credentials were made with; empty for nobody."""
        for line in request.lines(header):
            values = auth_params(line)
            password = self.accounts.get(values.get("username", ""))
            complete = {"realm", "nonce", "uri", "response", "nc", "cnonce"} <= values.keys()
            if not complete or password is None or values["nonce"] not in self._nonces:
                continue
            if digest(values, password=password, method=request.method) == values["response"]:
                return values["username"]
        return ""

    # proxy

    def _call(self, received: Received) -> None:
        request = received.request
        if not self._proven(request, "proxy-authorization"):
            received.reply(407, "Proxy Authentication Required", ("Proxy-Authenticate", self._challenge()))
            return
        callee = user_of(request.uri)
        if not (contacts := self.contacts(callee)):
            received.reply(*((480, "Temporarily Unavailable") if callee in self.accounts else (404, "Not Found")))
            return
        received.reply(100, "Trying")
        call = self._calls[request.branch] = _Call(received)
        self._spawn(self._fork(call, [contact.uri for contact in contacts]))

    async def _fork(self, call: "_Call", targets: list[str]) -> None:
        """Try every contact at once; the first 2xx ends the others, else the lowest refusal is passed back."""
        call.branches = [self._forward(call.received.request, target) for target in targets]
        try:
            async with asyncio.timeout(_RINGS_FOR), asyncio.TaskGroup() as group:
                for branch in call.branches:
                    group.create_task(self._follow(call, branch))
        except TimeoutError:
            call.end_others(None)
        if not call.answered:
            refusals = sorted(call.refusals, key=lambda answer: answer.status)
            call.received.send(refusals[0] if refusals else call.received.request.response(408, "Request Timeout"))

    async def _follow(self, call: "_Call", branch: Asked) -> None:
        while True:
            answer = _without_our_via(await branch.answers.get())
            if answer.status >= 300:
                call.refusals.append(answer)
                return
            if answer.status > 100:
                call.received.send(answer)
            if answer.status >= 200:
                call.answered = True
                call.end_others(branch)
                return

    def _forward(self, request: Message, target: str) -> Asked:
        made = request.copy()
        made.start = f"{request.method} {target} SIP/2.0"
        made.replace("Proxy-Authorization")
        made.replace("Route", *list(self._onward(request)))
        hops = int(request.first("max-forwards") or 70) - 1
        made.replace("Max-Forwards", str(hops))
        if request.method == "INVITE":
            host, port = self.address
            made.headers.insert(0, ("Record-Route", f"<sip:{host}:{port};lr>"))
        return self._endpoint.ask(made, address_of(next(made.values("route"), target)))

    def _onward(self, request: Message) -> "list[str]":
        """The routes behind our own."""
        routes = list(request.values("route"))
        return routes[1:] if routes and _is(routes[0], self.address) else routes

    def _cancel(self, received: Received) -> None:
        call = self._calls.get(received.request.branch)
        received.reply(*((200, "OK") if call else (481, "Call/Transaction Does Not Exist")))
        if call:
            call.end_others(None)

    def _acknowledge(self, request: Message) -> None:
        """An ACK for a 2xx travels on; one for a refusal ends here."""
        call = self._calls.get(request.branch)
        if call is None and list(request.values("route")):
            self._forward(request, request.uri).answered = True  # nobody answers an ACK: sent once

    def _pass_on(self, received: Received) -> None:
        async def relay() -> None:
            answer = await self._forward(received.request, received.request.uri).final(_RINGS_FOR)
            received.send(_without_our_via(answer))

        self._spawn(relay())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@final
class _Call:
    """An INVITE that we forked."""

    def __init__(self, received: Received) -> None:
        self.received = received
        self.branches: list[Asked] = []
        self.refusals: list[Message] = []
        self.answered = False

    def end_others(self, winner: Asked | None) -> None:
        for branch in self.branches:
            if branch is not winner and not branch.ended:
                reason = [("Reason", 'SIP;cause=200;text="Call completed elsewhere"')] if winner else []
                branch.cancel(*reason)


def _without_our_via(answer: Message) -> Message:
    passed = answer.copy()
    passed.replace("Via", *list(answer.values("via"))[1:])
    return passed


def _is(route: str, address: Address) -> bool:
    try:
        return address_of(route) == address
    except Gibberish:
        return False
