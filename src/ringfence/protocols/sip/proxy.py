"""What a proxy must do to the messages it passes on (RFC 3261 section 16, RFC 5393), as functions over messages.

    request --validate_request--> take_routes --> [the user picks targets] --> prepare_forward --> one per branch
    response <--prepare_response-- best_response <-- final responses of all branches

Who the targets are, timers and branches belong to the user of these; a transaction layer adds and matches Vias. Nothing
here changes a message that was handed in, but `take_routes`, which says so. All raise `BadMessage` for fields that
can't be read, with the status to answer.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import NameAddr, cseq, split_values, tag_of
from ringfence.protocols.sip.message import Message, Request, Response
from ringfence.protocols.sip.response import reason_of
from ringfence.protocols.sip.uri import Uri, check_uri

__all__ = [
    "MAX_BREADTH",
    "MAX_FORWARDS",
    "TIMER_C",
    "Forward",
    "UnknownExtensions",
    "best_response",
    "breadth_of",
    "has_looped",
    "loop_mark",
    "prepare_forward",
    "prepare_response",
    "take_routes",
    "validate_request",
]

MAX_FORWARDS = 70  # section 16.6 step 3
MAX_BREADTH = 60  # RFC 5393 section 5.3.3
TIMER_C = 181.0  # seconds a branch may ring without another 1xx; section 16.6 step 11: more than three minutes

_DIGITS = 10  # enough for 2**32; more is no number that anybody meant
_TELLING = (401, 407, 415, 420, 484)  # a caller who reads these can do better next time (section 16.7 step 6)
_MUTE = (408, 481, 482, 487)  # these speak of the way or of us, not of the person called


class UnknownExtensions(BadMessage):
    """Proxy-Require names what we don't do; `unsupported` is the 420's Unsupported value (section 16.3 step 5)."""

    def __init__(self, names: Iterable[bytes]) -> None:
        super().__init__("unknown_extension", 420)
        self.unsupported = b", ".join(names)


class Forward(NamedTuple):
    """A request ready for the transaction layer, and where it goes."""

    request: Request
    target: bytes

    @property
    def next_hop(self) -> Uri:
        """The URI that RFC 3263 is to be asked about; whoever has a flow to send by need not ask."""
        return Uri.parse(self.target)


def validate_request(request: Request, extensions: Collection[bytes] = ()) -> None:
    """Section 16.3, for a request that `validate.check` has passed: 416, 483, 400 or 420 are raised.

    `extensions` are the option tags we honour in Proxy-Require, in lower case. Loops are `has_looped`'s, credentials
    the digest server's matter.
    """
    check_uri(request.uri)
    _hops_left(request)
    required = [tag for line in request.get_all(b"proxy-require") for tag in split_values(line)]
    unknown = [tag for tag in required if tag.lower() not in extensions]
    if unknown:
        raise UnknownExtensions(unknown)


def take_routes(request: Request, is_ours: Callable[[Uri], bool]) -> list[Uri]:
    """Section 16.4, on the request itself: take out what led it to us, and return those URIs of ours in order.

    `is_ours` knows a URI that we put into a Record-Route or that names us as an outbound proxy. Several of ours in a
    row (a double Record-Route) are all taken. A strict router before us has put ours into the Request-URI; then the
    true one is fetched back from the end of Route.
    """
    taken: list[Uri] = []
    routes = _values(request, b"route")
    target = Uri.parse(request.uri)
    if routes and is_ours(target):
        taken.append(target)
        request.set_uri(NameAddr.parse(routes.pop()).uri)
    while routes and is_ours(first := NameAddr.parse(routes[0]).address):
        taken.append(first)
        del routes[0]
    if taken:
        _set_values(request, b"route", routes)
    return taken


def prepare_forward(
    request: Request,
    *,
    uri: bytes,
    record_route: Sequence[bytes] = (),
    route: Sequence[bytes] = (),
    breadth: int | None = None,
) -> Forward:
    """Section 16.6 steps 1 to 7 on a copy: Request-URI, Max-Forwards, Record-Route, Route, strict routers.

    `record_route` and `route` are values in the order they shall stand, before those that are there; both go in front.
    `breadth` is this branch's share of `breadth_of` the request. What else the user adds goes onto the copy.
    """
    copy = request.copy()
    copy.set_uri(uri)
    copy.set(b"max-forwards", b"%d" % (_hops_left(request) - 1))
    if breadth is not None:
        copy.set(b"max-breadth", b"%d" % breadth)
    for value in reversed(record_route):
        copy.push(b"record-route", value)
    for value in reversed(route):
        copy.push(b"route", value)
    routes = _values(copy, b"route")
    if not routes:
        check_uri(uri)
        return Forward(copy, uri)
    first = NameAddr.parse(routes[0])
    if b"lr" not in first.address.params:
        _set_values(copy, b"route", [*routes[1:], b"<%b>" % uri])
        copy.set_uri(first.uri)
    return Forward(copy, first.uri)


def loop_mark(request: Request, key: bytes) -> bytes:
    """What a branch carries so that a loop is known when it comes back (RFC 5393 section 4.2.1).

    It depends on all that decides where we send the request, and on no Via: the same call to another address is a
    spiral, which is legal. `key` (at most 64 bytes) is ours, so that nobody else's branch can look like a loop. Take it
    before `take_routes`; hand it to `TransactionLayer.request`.
    """
    fields = (
        request.uri,
        *request.get_all(b"route"),
        request.get(b"call-id") or b"",
        tag_of(request.get(b"from") or b"") or b"",
        tag_of(request.get(b"to") or b"") or b"",
        b"%d" % cseq(request).number,
        *request.get_all(b"proxy-require"),
        *request.get_all(b"proxy-authorization"),
    )
    return hashlib.blake2b(b"\n".join(fields), digest_size=8, key=key).hexdigest().encode("ascii")


def has_looped(request: Request, mark: bytes) -> bool:
    """True where a Via of ours carries the very mark of this request: answer 482 (RFC 5393 section 4.2.3)."""
    end = b"." + mark
    return any(end in line for line in request.get_all(b"via"))


def breadth_of(request: Request) -> int:
    """How many branches may be open at a time for this request (RFC 5393 section 5.3); 440 is raised where none may."""
    breadth = _number(request, b"max-breadth", MAX_BREADTH)
    if breadth == 0:
        raise BadMessage("max_breadth_exceeded", 440)
    return breadth


def prepare_response(response: Response) -> Response:
    """A copy without the topmost Via, which was ours (section 16.7 step 3); 400 where no other is left."""
    copy = response.copy()
    _, *others = split_values(copy.get(b"via") or b"") or [b""]
    if others:
        copy.replace_first(b"via", b", ".join(others))
    elif copy.count(b"via") > 1:
        copy.remove_first(b"via")
    else:
        raise BadMessage("no_via", 400)
    return copy


def best_response(responses: Sequence[Response]) -> Response:
    """The one to pass on when every branch has failed, as a copy (section 16.7 steps 6 and 7).

    A 6xx goes before all. Otherwise the lowest class counts, in it what helps the caller to try again, and what speaks
    of the person called before what speaks of the way. A 401 or 407 carries the challenges of all. A 503 becomes a 500:
    that a phone is overloaded does not mean that we are. `responses` are final ones of 300 and above, at least one.
    """
    chosen = min(responses, key=_preference).copy()
    if chosen.status in (401, 407):
        _gather_challenges(chosen, responses)
    elif chosen.status == 503:
        chosen.start = b"SIP/2.0 500 " + reason_of(500)
        chosen.remove(b"retry-after")
    return chosen


def _preference(response: Response) -> tuple[int, int]:
    status = response.status
    family = 0 if status >= 600 else status // 100
    if status in _TELLING:
        return family, 0
    return family, 2 if status in _MUTE else 1


def _gather_challenges(chosen: Response, responses: Iterable[Response]) -> None:
    for name in (b"www-authenticate", b"proxy-authenticate"):
        chosen.remove(name)
        for response in responses:
            if response.status in (401, 407):
                for value in response.get_all(name):
                    chosen.add(name, value)


def _hops_left(request: Request) -> int:
    hops = _number(request, b"max-forwards", MAX_FORWARDS + 1)
    if hops == 0:
        raise BadMessage("too_many_hops", 483)
    return hops


def _number(request: Request, name: bytes, default: int) -> int:
    value = request.get(name)
    if value is None:
        return default
    if not value.isdigit() or len(value) > _DIGITS:
        raise BadMessage("bad_" + name.decode("ascii").replace("-", "_"), 400)
    return int(value)


def _values(message: Message, name: bytes) -> list[bytes]:
    return [value for line in message.get_all(name) for value in split_values(line)]


def _set_values(message: Message, name: bytes, values: Sequence[bytes]) -> None:
    message.remove(name)
    for value in values:
        message.add(name, value)
