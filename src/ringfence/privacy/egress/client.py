"""The HTTP client that senders get from the gate: the only module of Ringfence that imports httpx.

One client per recipient, so that its connections, limits and failures stay its own. It follows no redirect (the place
would change), reads no proxy settings from the environment, and keeps the address and the body out of logs and errors.
Where a repetition would ring a phone twice, it is asked for connections of our own (`http2`), which know what was not
processed.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self, final

import httpx

from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.egress.address import NotPublic, Resolve, public_address, resolve
from ringfence.privacy.egress.errors import AnswerTooLarge, BlockReason, RecipientMisdeclared, Unreachable
from ringfence.privacy.egress.http2 import Http2Pool, Http2Request, Http2Settings, Interrupted, NotProcessed
from ringfence.privacy.egress.recipient import Recipient

__all__ = ["Concerned", "EgressClient", "EgressResponse", "EgressSettings", "Passage"]

_HOP_BY_HOP: Final = frozenset({"connection", "host", "keep-alive", "transfer-encoding", "upgrade"})  # RFC 9113 8.2.2

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs each URL; a Web Push URL is personal data
logging.getLogger("httpcore").setLevel(logging.WARNING)


@final
@dataclass(frozen=True, slots=True)
class EgressSettings:
    """How we talk to recipients.

    connect_seconds: a push that can't be handed over within this time is better tried at another address.
    answer_seconds: the push services answer within tens of milliseconds; a caller is waiting.
    answer_bytes: their answers are below 4 kB; what is larger is not meant for us.
    connections: HTTP/2 carries about a hundred requests at once on each.
    ca_file: a private authority for recipients inside the provider's network; None means the system's.
    """

    connect_seconds: float = 3.0
    answer_seconds: float = 10.0
    answer_bytes: int = 65_536
    connections: int = 8
    ca_file: str | None = None


@final
@dataclass(frozen=True, slots=True)
class Concerned:
    """Whose data a request carries, for the disclosure log and the consent check."""

    provider: ProviderId
    subject: SubjectId
    consents: frozenset[str] = frozenset()


@final
@dataclass(frozen=True, slots=True)
class EgressResponse:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Passage(Protocol):
    """What the client asks of the gate."""

    def allow(self, flow: Flow, recipient: Recipient, url: str, concerned: Concerned | None) -> None:
        """Raises TransferBlocked, or returns and the request may leave."""
        ...

    def refuse(self, flow: Flow, recipient: Recipient, reason: BlockReason) -> None:
        """Counts the block and raises TransferBlocked."""
        ...

    def passed(self, flow: Flow, recipient: Recipient, concerned: Concerned) -> None:
        """Something about this person has left."""
        ...


@final
class EgressClient:
    """HTTP towards one recipient. Safe to use from many tasks at once; close it at the end."""

    __slots__ = ("_gate", "_http", "_recipient", "_resolve", "_settings")

    def __init__(
        self,
        recipient: Recipient,
        gate: Passage,
        settings: EgressSettings,
        *,
        resolver: Resolve = resolve,
        http2: Http2Settings | None = None,
    ) -> None:
        """`http2`: speak nothing else, over connections kept so. Not for `user_given` recipients.

        Raises RecipientMisdeclared where the private authority's file can't be used.
        """
        self._recipient = recipient
        self._gate = gate
        self._settings = settings
        self._resolve = resolver
        self._http = httpx.AsyncClient(
            http2=True,
            follow_redirects=False,
            trust_env=False,
            headers={"accept-encoding": "identity"},  # a small compressed answer must not unpack into a large one
            verify=_trust(recipient, settings),
            transport=_OverHttp2(Http2Pool(_trust(recipient, settings), http2)) if http2 else None,
            timeout=httpx.Timeout(settings.answer_seconds, connect=settings.connect_seconds),
            limits=httpx.Limits(max_connections=settings.connections),
        )

    async def post(
        self,
        flow: Flow,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] = b"",
        concerned: Concerned | None = None,
    ) -> EgressResponse:
        """POST `content`, whole or as it comes; any status is an answer.

        Raises TransferBlocked, Unreachable or AnswerTooLarge, and whatever a stream of content raises.
        """
        return await self.send("POST", flow, url, headers=headers, content=content, concerned=concerned)

    async def get(
        self, flow: Flow, url: str, *, headers: Mapping[str, str] | None = None, concerned: Concerned | None = None
    ) -> EgressResponse:
        """GET; raises as `post`."""
        return await self.send("GET", flow, url, headers=headers, concerned=concerned)

    async def send(
        self,
        method: str,
        flow: Flow,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] = b"",
        concerned: Concerned | None = None,
    ) -> EgressResponse:
        """Any other method; raises as `post`."""
        self._gate.allow(flow, self._recipient, url, concerned)
        request = self._http.build_request(method, url, headers=dict(headers or {}), content=content)
        if self._recipient.user_given:
            await self._pin(request, flow)
        return await self._exchange(request, flow, concerned)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _exchange(self, request: httpx.Request, flow: Flow, concerned: Concerned | None) -> EgressResponse:
        try:
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            if sent and concerned is not None:
                self._gate.passed(flow, self._recipient, concerned)
            raise Unreachable(recipient=self._recipient.id, kind=type(error).__name__, sent=sent) from None
        if concerned is not None:
            self._gate.passed(flow, self._recipient, concerned)
        return EgressResponse(response.status_code, dict(response.headers), await self._read(response))

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._settings.answer_bytes:
                    raise AnswerTooLarge(recipient=self._recipient.id, limit=self._settings.answer_bytes)
        except httpx.TransportError as error:
            raise Unreachable(recipient=self._recipient.id, kind=type(error).__name__, sent=True) from None
        finally:
            await response.aclose()
        return bytes(body)

    async def _pin(self, request: httpx.Request, flow: Flow) -> None:
        """Sends the request to the address that was checked; the certificate is still checked against the name."""
        host, port = request.url.host, request.url.port or 443
        try:
            address = await public_address(host, port, self._resolve)
        except NotPublic:
            self._gate.refuse(flow, self._recipient, BlockReason.ADDRESS_NOT_PUBLIC)
        else:
            request.url = request.url.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": host}


@final
class _OverHttp2(httpx.AsyncBaseTransport):
    """Our own connections in httpx's place for such things."""

    def __init__(self, pool: Http2Pool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Http2Request(
            method=request.method,
            scheme=url.scheme,
            host=url.host,
            port=url.port or (443 if url.scheme == "https" else 80),
            path=url.raw_path.decode("ascii"),
            headers={name: value for name, value in headers.items() if name not in _HOP_BY_HOP},
            content=await request.aread(),
        )
        try:
            answer = await self._pool.request(asked)
        except NotProcessed:
            raise httpx.ConnectError("not processed", request=request) from None
        except Interrupted:
            raise httpx.RemoteProtocolError("interrupted", request=request) from None
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=httpx.ByteStream(answer.body))

    async def aclose(self) -> None:
        await self._pool.close()


def _trust(recipient: Recipient, settings: EgressSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError):
        raise RecipientMisdeclared(recipient=recipient.id, setting="authority_file", problem="unusable") from None
