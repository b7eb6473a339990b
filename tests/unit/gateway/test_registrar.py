"""Devices that register with their own secret."""

from dataclasses import dataclass, field

import pytest

from ringfence.clock import ManualClock
from ringfence.gateway.door import DeviceDoor
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.guard import Guard, GuardSettings
from ringfence.gateway.registrar import EXTENSIONS, Registrar
from ringfence.identifiers import DeviceId, ProviderId, SubjectId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm, Challenge, DigestServer, answer, challenges, ha1
from ringfence.protocols.sip.fields import parse_challenge
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.transaction import TransactionLayer
from ringfence.randomness import SeededRandomness
from ringfence.services.reachability import Account, Accounts, Binding, Device
from tests.doubles.gateway_hall import ManualScheduler
from tests.doubles.sip_hop import RecordedFlow

REALM = b"ringfence"
SECRET = b"a device's own secret"
URI = b"sip:pbx.test"


def device(name: str, subject: str = "s1") -> Device:
    user = name.encode()
    return Device(
        id=DeviceId(name),
        subject=SubjectId(subject),
        sip_user=user,
        ha1_md5=ha1(Algorithm.MD5, user, REALM, SECRET),
        ha1_sha256=ha1(Algorithm.SHA_256, user, REALM, SECRET),
    )


def account(subject: str, aor: bytes, *names: str) -> Account:
    made = Account(
        subject=SubjectId(subject),
        provider=ProviderId("example"),
        upstream=UpstreamId("pbx"),
        aor=aor,
        auth_user=b"",
        realm=b"pbx.test",
        algorithm=Algorithm.MD5,
        ha1=b"",
        call_id=b"c",
        contact_user=subject.encode(),
    )
    made.devices = tuple(device(name, subject) for name in names)
    return made


@dataclass
class Reception:
    """A registrar with one account of two phones."""

    clock: ManualClock = field(default_factory=ManualClock)
    accounts: Accounts = field(default_factory=Accounts)
    seen: list[DeviceId] = field(default_factory=list)
    told: list[tuple[str, bytes]] = field(default_factory=list)
    pbx_flows: list[RecordedFlow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scheduler = ManualScheduler(self.clock)
        chance = SeededRandomness(3)
        self.endpoint = Endpoint(TransactionLayer(chance), self.clock, self.scheduler)
        self.door = DeviceDoor(self.endpoint, self.clock)
        digest = DigestServer(
            REALM, algorithms=[Algorithm.SHA_256, Algorithm.MD5], key=b"k" * 32, chance=chance, lifetime=3600.0
        )
        self.guard = Guard(
            self.accounts,
            digest,
            self.endpoint,
            self.clock,
            from_pbx=lambda flow: flow in self.pbx_flows,
            ban=self.door.ban,
            settings=GuardSettings(guesses=3),
        )
        self.registrar = Registrar(
            self.accounts,
            self.guard,
            self.endpoint,
            self.clock,
            self.scheduler,
            address_of=lambda _flow: b"sip.example.test:5061",
            seen=lambda who: self.seen.append(who.id),
            from_pbx=lambda flow: flow in self.pbx_flows,
        )
        self.endpoint.on(b"REGISTER", self.registrar.register, extensions=EXTENSIONS)
        self.endpoint.guard_with(self.guard.admits)
        self.accounts.on_binding(lambda _account, who, binding: self.told.append((who.id, binding.contact)))
        self.accounts.on_unbound(lambda _account, who, _binding: self.told.append((who.id, b"")))
        self.accounts.add(account("s1", b"alice@pbx.test", "phone", "tablet"))

    def wait(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while (timer := self.scheduler.take_due(end)) is not None:
            self.clock.advance(max(0.0, timer.at - self.clock.monotonic()))
            timer.callback()
        self.clock.advance(end - self.clock.monotonic())

    def binding(self, name: str = "phone") -> Binding | None:
        found = self.accounts.by_sip_user(name.encode())
        assert found is not None
        return found.binding


@dataclass
class Phone:
    """One start of an app: a flow, a Call-ID, a rising CSeq."""

    reception: Reception
    user: bytes = b"phone"
    secret: bytes = SECRET
    algorithm: Algorithm = Algorithm.SHA_256
    call_id: bytes = b"start1"
    to: bytes = b"<sip:alice@pbx.test>"
    flow: RecordedFlow = field(default_factory=lambda: RecordedFlow(b"TLS", ("192.0.2.77", 40001)))
    cseq: int = 0
    nc: int = 0
    challenge: Challenge | None = None

    def send(self, method: bytes, *fields: tuple[bytes, bytes]) -> Response:
        self.cseq += 1
        request = Request.make(method, URI)
        request.add(b"via", b"SIP/2.0/TLS 192.0.2.77:40001;branch=z9hG4bK%b%d" % (self.call_id, self.cseq))
        request.add(b"max-forwards", b"70")
        request.add(b"from", b"<sip:alice@pbx.test>;tag=1")
        request.add(b"to", self.to)
        request.add(b"call-id", self.call_id)
        request.add(b"cseq", b"%d %b" % (self.cseq, method))
        for name, value in fields:
            request.add(name, value)
        request.add(b"content-length", b"0")
        self.reception.door.received(request.to_bytes(), self.flow)
        *_, last = self.flow.taken()
        response = parse(last)
        assert isinstance(response, Response)
        return response

    def credentials(self, method: bytes = b"REGISTER") -> bytes:
        assert self.challenge is not None
        self.nc += 1
        secret = ha1(self.algorithm, self.user, REALM, self.secret)
        return answer(self.challenge, ha1=secret, user=self.user, method=method, uri=URI, cnonce=b"c", nc=self.nc)

    def register(self, *contacts: bytes, fields: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
        """Register, answering the challenge of the first time."""
        lines = (*((b"contact", contact) for contact in contacts), *fields)
        if self.challenge is None:
            (self.challenge,) = [
                offer for offer in challenges(self.send(b"REGISTER", *lines)) if offer.algorithm is self.algorithm
            ]
        return self.send(b"REGISTER", *lines, (b"authorization", self.credentials()))


CONTACT = b"<sip:alice@192.0.2.77:40001;transport=tls>"


def uri_of(contact: bytes) -> bytes:
    return contact.partition(b"<")[2].partition(b">")[0]


@pytest.fixture
def reception() -> Reception:
    return Reception()


@pytest.mark.parametrize("algorithm", [Algorithm.MD5, Algorithm.SHA_256])
def test_a_device_registers_with_its_secret_and_gets_what_it_needs(reception: Reception, algorithm: Algorithm) -> None:
    phone = Phone(reception, algorithm=algorithm)
    response = phone.register(CONTACT, fields=((b"expires", b"600"),))
    assert response.status == 200
    assert response.get(b"contact") == CONTACT + b";expires=600"
    assert response.get(b"service-route") == b"<sip:sip.example.test:5061;transport=tls;lr>"
    assert response.get(b"date") == b"Fri, 15 Jan 2027 08:00:00 GMT"
    binding = reception.binding()
    assert binding is not None
    assert binding.flow is phone.flow
    assert reception.told == [("phone", uri_of(CONTACT))]


def test_the_strongest_algorithm_is_offered_first_in_our_own_realm(reception: Reception) -> None:
    response = Phone(reception).send(b"REGISTER")
    offers = [parse_challenge(value) for value in response.get_all(b"www-authenticate")]
    assert [offer.get(b"algorithm") for offer in offers] == [b"SHA-256", b"MD5"]
    assert {offer.get(b"realm") for offer in offers} == {REALM}


@pytest.mark.pitfall(32)
def test_nothing_is_renewed_or_bound_before_the_secret_was_shown(reception: Reception) -> None:
    Phone(reception).send(b"REGISTER", (b"contact", CONTACT))
    Phone(reception, secret=b"guess", call_id=b"x").register(CONTACT)
    assert reception.seen == []
    assert reception.binding() is None


def test_a_wrong_secret_is_refused_and_not_asked_again(reception: Reception) -> None:
    assert Phone(reception, secret=b"guess").register(CONTACT).status == 403


def test_a_stranger_can_not_tell_whether_a_device_exists(reception: Reception) -> None:
    known, unknown = Phone(reception, secret=b"x"), Phone(reception, user=b"nobody", secret=b"x", call_id=b"u")
    assert known.register(CONTACT).status == unknown.register(CONTACT).status == 403


def test_an_address_that_guesses_is_not_heard_for_a_while(reception: Reception) -> None:
    for number in range(3):
        Phone(reception, secret=b"guess", call_id=b"g%d" % number).register(CONTACT)
    banned = Phone(reception, call_id=b"late")
    with pytest.raises(ValueError, match="not enough values"):  # no answer at all
        banned.register(CONTACT)
    assert banned.flow.closed
    assert not reception.door.alive(banned.flow)
    elsewhere = Phone(reception, flow=RecordedFlow(b"TLS", ("198.51.100.1", 5)), call_id=b"elsewhere")
    assert elsewhere.register(CONTACT).status == 200
    reception.clock.advance(601.0)
    assert Phone(reception, call_id=b"again").register(CONTACT).status == 200


def test_an_ipv6_host_that_guesses_is_not_heard_from_any_address_of_its_network(reception: Reception) -> None:
    for number in range(3):
        flow = RecordedFlow(b"TLS", (f"2001:db8:0:1::{number}", 5))
        Phone(reception, secret=b"guess", flow=flow, call_id=b"g%d" % number).register(CONTACT)
    banned = RecordedFlow(b"TLS", ("2001:db8:0:1::9", 5))
    reception.door.received(b"OPTIONS", banned)
    assert (banned.closed, banned.taken()) == (True, [])
    elsewhere = Phone(reception, flow=RecordedFlow(b"TLS", ("2001:db8:0:2::1", 5)), call_id=b"elsewhere")
    assert elsewhere.register(CONTACT).status == 200


def test_a_device_registers_its_own_account_only(reception: Reception) -> None:
    reception.accounts.add(account("s2", b"bob@pbx.test", "bobphone"))
    assert Phone(reception, to=b"<sip:bob@pbx.test>").register(CONTACT).status == 403
    assert reception.binding("bobphone") is None


def test_a_used_count_of_a_nonce_is_stale_and_no_failure(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    phone.nc -= 1
    response = phone.register(CONTACT)
    assert response.status == 401
    assert parse_challenge(response.get(b"www-authenticate") or b"").get(b"stale") == b"true"
    assert reception.guard.refused == 0


# Expiry


@pytest.mark.pitfall(15)
def test_too_short_a_term_is_refused_with_the_shortest(reception: Reception) -> None:
    response = Phone(reception).register(CONTACT + b";expires=30")
    assert (response.status, response.get(b"min-expires")) == (423, b"60")


def test_too_long_a_term_is_cut_and_none_gets_the_default(reception: Reception) -> None:
    phone = Phone(reception)
    assert (phone.register(CONTACT + b";expires=99999").get(b"contact") or b"").endswith(b";expires=3600")
    assert (phone.register(CONTACT).get(b"contact") or b"").endswith(b";expires=600")
    assert (phone.register(CONTACT + b";expires=soon").get(b"contact") or b"").endswith(b";expires=600")


def test_a_binding_ends_with_its_term_unless_it_was_refreshed(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT + b";expires=100")
    reception.clock.advance(90.0)
    phone.register(CONTACT + b";expires=100")
    reception.clock.advance(90.0)
    reception.registrar.tick()
    assert reception.binding() is not None
    reception.clock.advance(11.0)
    reception.registrar.tick()
    assert reception.binding() is None
    assert reception.told[-1] == ("phone", b"")


@pytest.mark.pitfall(23)
def test_an_un_register_ends_the_binding_and_still_renews_the_device(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    response = phone.register(CONTACT + b";expires=0")
    assert response.status == 200
    assert not response.has(b"contact")
    assert reception.binding() is None
    assert reception.seen == ["phone", "phone"]
    assert reception.accounts.by_sip_user(b"phone") is not None


def test_a_star_ends_the_binding_and_needs_an_expires_of_zero(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    assert phone.register(b"*").status == 400
    assert reception.binding() is not None
    assert phone.register(b"*", fields=((b"expires", b"0"),)).status == 200
    assert reception.binding() is None


def test_a_query_changes_nothing_and_tells_what_is_left(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT + b";expires=600")
    reception.clock.advance(100.0)
    assert phone.register().get(b"contact") == CONTACT + b";expires=500"


# One device, one binding


@pytest.mark.pitfall(10)
@pytest.mark.pitfall(11)
def test_a_device_that_wakes_anew_replaces_its_binding_and_the_old_connection_is_closed(reception: Reception) -> None:
    old = Phone(reception)
    old.register(CONTACT)
    for start in range(2, 6):
        port = 40000 + start
        flow = RecordedFlow(b"TLS", ("192.0.2.77", port))
        Phone(reception, call_id=b"start%d" % start, flow=flow).register(b"<sip:alice@192.0.2.77:%d>" % port)
    binding = reception.binding()
    assert binding is not None
    assert binding.flow.peer == ("192.0.2.77", 40005)
    assert old.flow.closed
    assert len(reception.accounts.by_flow(binding.flow)) == 1


@pytest.mark.pitfall(5)
@pytest.mark.pitfall(6)
def test_two_devices_of_a_person_stay_two_whatever_they_share(reception: Reception) -> None:
    same = b'<sip:alice@192.0.2.77:40001>;+sip.instance="<urn:uuid:1>"'
    Phone(reception).register(same)
    Phone(reception, user=b"tablet", call_id=b"t", flow=RecordedFlow(b"TLS", ("192.0.2.78", 1))).register(same)
    assert reception.binding("phone") is not None
    assert reception.binding("tablet") is not None


def test_a_late_goodbye_of_an_earlier_start_hits_nobody(reception: Reception) -> None:
    old = Phone(reception)
    old.register(CONTACT)
    Phone(reception, call_id=b"new", flow=RecordedFlow(b"TLS", ("192.0.2.77", 2))).register(b"<sip:alice@192.0.2.77:2>")
    old.register(CONTACT + b";expires=0")
    binding = reception.binding()
    assert binding is not None
    assert binding.contact == b"sip:alice@192.0.2.77:2"


def test_an_older_register_of_the_same_call_id_is_refused(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    phone.cseq = 0
    assert phone.register(CONTACT).status == 500


def test_more_than_one_place_for_one_device_is_refused(reception: Reception) -> None:
    assert Phone(reception).register(CONTACT, b"<sip:alice@192.0.2.99>").status == 403


@pytest.mark.pitfall(7)
@pytest.mark.parametrize("contact", [b"<tel:+420111>", b"<http://169.254.169.254/>"])
def test_a_place_that_no_request_can_be_sent_to_is_refused(reception: Reception, contact: bytes) -> None:
    assert Phone(reception).register(contact).status == 400
    assert reception.binding() is None


def test_the_old_contact_may_be_ended_in_the_register_of_the_new_one(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    phone.register(b"<sip:alice@192.0.2.77:2>", CONTACT + b";expires=0")
    binding = reception.binding()
    assert binding is not None
    assert binding.contact == b"sip:alice@192.0.2.77:2"


def test_a_lost_connection_puts_its_devices_to_sleep(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    reception.door.lost(phone.flow)
    assert reception.binding() is None


def test_a_keep_alive_shows_that_the_device_lives(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT)
    reception.clock.advance(60.0)
    reception.door.alive(phone.flow)
    binding = reception.binding()
    assert binding is not None
    assert binding.alive_at == reception.clock.monotonic()


# What it may ask for


@pytest.mark.pitfall(9)
def test_path_is_kept_with_the_binding_and_repeated(reception: Reception) -> None:
    path = b"<sip:edge.example.test;lr>, <sip:inner.example.test;lr>"
    response = Phone(reception).register(CONTACT, fields=((b"path", path), (b"supported", b"path")))
    assert response.get(b"path") == path
    binding = reception.binding()
    assert binding is not None
    assert binding.path == (b"<sip:edge.example.test;lr>", b"<sip:inner.example.test;lr>")


def test_gruu_is_never_granted_and_can_not_be_required(reception: Reception) -> None:
    phone = Phone(reception)
    response = phone.register(CONTACT + b';+sip.instance="<urn:uuid:1>"', fields=((b"supported", b"gruu"),))
    assert b"gruu" not in (response.get(b"contact") or b"")
    refused = phone.send(b"REGISTER", (b"require", b"gruu"))
    assert (refused.status, refused.get(b"unsupported")) == (420, b"gruu")


OUTBOUND = ((b"supported", b"outbound, path"), (b"expires", b"3600"))


def test_a_phone_that_was_told_to_keep_its_flow_alive_and_stops_is_asleep(reception: Reception) -> None:
    phone = Phone(reception)
    assert phone.register(CONTACT + b";reg-id=1", fields=OUTBOUND).get(b"flow-timer") == b"120"
    for _ in range(10):
        reception.wait(119.0)
        reception.door.alive(phone.flow)
    assert reception.binding() is not None
    reception.wait(129.0)
    assert reception.binding() is not None
    reception.wait(1.5)
    assert reception.binding() is None
    assert phone.flow.closed


def test_a_request_is_as_good_a_sign_of_life_as_a_keep_alive(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT + b";reg-id=1", fields=OUTBOUND)
    reception.wait(100.0)
    phone.register(CONTACT + b";reg-id=1", fields=OUTBOUND)
    reception.wait(100.0)
    assert reception.binding() is not None
    assert not phone.flow.closed


def test_a_flow_that_another_of_its_devices_is_bound_to_stays_open(reception: Reception) -> None:
    phone = Phone(reception)
    tablet = Phone(reception, user=b"tablet", call_id=b"t", flow=phone.flow)
    phone.register(CONTACT + b";reg-id=1", fields=OUTBOUND)
    tablet.register(CONTACT, fields=((b"expires", b"3600"),))
    reception.wait(200.0)
    assert reception.binding("phone") is None
    assert reception.binding("tablet") is not None
    assert not phone.flow.closed


def test_a_phone_that_promised_no_keep_alives_may_be_silent_until_it_expires(reception: Reception) -> None:
    phone = Phone(reception)
    phone.register(CONTACT, fields=((b"expires", b"3600"),))
    reception.wait(3599.0)
    assert reception.binding() is not None


def test_outbound_is_confirmed_with_the_time_between_keep_alives(reception: Reception) -> None:
    response = Phone(reception).register(CONTACT + b";reg-id=1", fields=((b"supported", b"outbound, path"),))
    assert response.get(b"require") == b"outbound"
    assert response.get(b"flow-timer") == b"120"
    assert b"reg-id=1" in (response.get(b"contact") or b"")


def test_a_pbx_has_nothing_to_register_with_us(reception: Reception) -> None:
    phone = Phone(reception)
    reception.pbx_flows.append(phone.flow)
    assert phone.send(b"REGISTER", (b"contact", CONTACT)).status == 403


# Who may send anything else


def test_a_device_that_has_not_registered_is_asked_before_anything_else_of_it_is_heard(reception: Reception) -> None:
    heard: list[bytes] = []
    reception.endpoint.on(b"MESSAGE", lambda request, _transaction, _flow: heard.append(request.method))
    phone = Phone(reception)
    response = phone.send(b"MESSAGE")
    assert response.status == 407
    phone.challenge = challenges(response)[0]
    request = (b"proxy-authorization", phone.credentials(b"MESSAGE"))
    with pytest.raises(ValueError, match="not enough values"):  # handed on, so not answered
        phone.send(b"MESSAGE", request)
    assert heard == [b"MESSAGE"]


def test_nothing_is_remembered_of_calls_that_strangers_try(reception: Reception) -> None:
    stranger = Phone(reception)
    assert stranger.send(b"INVITE").status == 407
    stranger.challenge = challenges(stranger.send(b"INVITE"))[0]
    stranger.secret = b"guessed"
    assert stranger.send(b"INVITE", (b"proxy-authorization", stranger.credentials(b"INVITE"))).status == 403
    assert len(reception.endpoint) == 0


def test_a_registered_device_is_known_on_its_connection(reception: Reception) -> None:
    heard: list[bytes] = []
    reception.endpoint.on(b"MESSAGE", lambda request, _transaction, _flow: heard.append(request.method))
    phone = Phone(reception)
    phone.register(CONTACT)
    reception.clock.advance(60.0)
    with pytest.raises(ValueError, match="not enough values"):
        phone.send(b"MESSAGE")
    assert heard == [b"MESSAGE"]
    binding = reception.binding()
    assert binding is not None
    assert binding.alive_at == reception.clock.monotonic()


def test_a_connection_is_known_once_a_secret_was_shown_on_it_even_without_a_binding(reception: Reception) -> None:
    phone, stranger = Phone(reception), Phone(reception, secret=b"guess", flow=RecordedFlow(b"TLS"), call_id=b"s")
    phone.send(b"OPTIONS")
    assert not reception.guard.knows(phone.flow)
    phone.register()
    stranger.register(CONTACT)
    assert reception.binding() is None
    assert (reception.guard.knows(phone.flow), reception.guard.knows(stranger.flow)) == (True, False)


@pytest.mark.promise("APP-02")
def test_a_device_on_a_plain_connection_from_elsewhere_is_not_heard(reception: Reception) -> None:
    phone = Phone(reception, flow=RecordedFlow(b"TCP", ("192.0.2.77", 5)))
    with pytest.raises(ValueError, match="not enough values"):
        phone.send(b"REGISTER")
    assert phone.flow.closed
    local = Phone(reception, flow=RecordedFlow(b"UDP", ("127.0.0.1", 5)))
    assert local.register(CONTACT).status == 200
