"""The whole server with phones of every kind: configuration in, pushes out, nothing said to anybody about who calls."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from starlette.routing import BaseRoute

from ringfence.app import doctor, serving
from ringfence.app.server import Server
from ringfence.clock import SystemClock
from ringfence.demo.assertion import until
from ringfence.demo.http import Answer, call
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account, Phone
from ringfence.demo.stage import DOMAIN, Installation, Stage, set_stage
from ringfence.errors import OperatorFault
from ringfence.identifiers import DeviceId
from ringfence.randomness import SystemRandomness
from ringfence.services.wake import Outcome, PushKind
from ringfence.settings import load
from ringfence.web.start import Pages
from tests.doubles.http2_server import Asked, Http2Server, Reply, serving_http2
from tests.doubles.subscriber import Subscriber
from tests.peers.apns_standin import KEY_ID, TEAM, TOPIC, ApnsStandIn, key_file
from tests.peers.webpush_standin import WebPushStandIn

VOIP, REST = "ab" * 32, "cd" * 32
CALLER, CALLER_NAME = "charles", "Charles Canary"
PUSHED = """
authority_file = "http2.pem"

[providers.apns.ours]
key_file = "apple.p8"
key_id = "{key_id}"
team = "{team}"
topic = "{topic}"
base_url = "{apple}"

[providers.webpush]
contact = "mailto:operator@demo.example"
recipients = ["browsers"]

[[providers.apps]]
id = "ios"
push = "apns"
apns = "ours"

[[providers.apps]]
id = "browser"
push = "webpush"

[[providers.apps]]
id = "unified"
push = "unifiedpush"

[[providers.recipients]]
id = "apple"
name = "The stand-in for Apple"
country = "BG"
contract = "none is needed: it is a stand-in"

[[providers.recipients]]
id = "browsers"
name = "The stand-in for a push service of browsers"
country = "BG"
contract = "none is needed: it is a stand-in"
origins = ["{browsers}"]
"""


class NotYet:
    """In the place of the server, which each test starts itself."""

    public_key = ""

    @property
    def pages(self) -> Pages:
        raise NotImplementedError

    def private_pages(self) -> list[BaseRoute]:
        raise NotImplementedError

    async def invite_officer(self, provider: str, name: str, mail: str) -> str:
        raise NotImplementedError


@dataclass
class House:
    """A configured installation, the push services around it, and what an app of Alice's would keep."""

    stage: Stage
    apple: ApnsStandIn
    browsers: WebPushStandIn
    arrived: asyncio.Queue[str]
    key: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: dict[str, object] | None = None, *, token: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        doors = self.stage.doors
        return await call(method, doors.api + path, context=doors.trust, body=body, headers=headers)

    async def enrol(self, app: str, **address: object) -> Answer:
        notice = (await self.ask("GET", f"/v1/notice?domain={DOMAIN}")).json()
        public = X25519PrivateKey.generate().public_key().public_bytes_raw()
        key = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
        body: dict[str, object] = {
            "sip_address": f"alice@{DOMAIN}",
            "password": "secret",
            "device": {"name": f"canary-{app}", "app": app, "public_key": key, **address},
            "notice_seen": notice["notice_version"],
            "terms_agreed": notice["terms_version"],
            "old_enough": True,
        }
        answer = await self.ask("POST", "/v1/enrolments", body)
        if answer.status == 201:
            self.tokens[str(answer.json()["device_id"])] = str(answer.json()["api_token"])
        return answer

    @asynccontextmanager
    async def called(self) -> AsyncIterator[None]:
        """Charles calls Alice while the block runs."""
        await until(lambda: len(self.stage.pbx.contacts("alice")) == 1, "the PBX binds us")
        account = Account(CALLER, DOMAIN, CALLER, "other", CALLER_NAME)
        phone = Phone(account, self.stage.pbx.address, SystemRandomness())
        await phone.open_udp()
        dialling = await phone.dial(f"sip:alice@{DOMAIN}")
        try:
            yield
        finally:
            dialling.cancel()
            phone.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    @asynccontextmanager
    async def start(config: Path) -> AsyncIterator[Installation]:
        assert config.name == "ringfence.toml"
        yield NotYet()

    clock, arrived = SystemClock(), asyncio.Queue[str]()
    apple = ApnsStandIn(now=clock.time)
    taken = apple.server.answer

    def to_apple(asked: Asked) -> Reply:
        arrived.put_nowait("apple")
        return taken(asked)

    def to_browsers(asked: Asked) -> Reply:
        arrived.put_nowait("browsers")
        answer = browsers.answer(asked.method, asked.path, asked.headers, asked.body)
        return Reply(answer.status, answer.headers)

    apple.server.answer, web = to_apple, Http2Server(to_browsers)
    async with (
        set_stage(
            tmp_path, {"alice": "secret", CALLER: "other"}, start, clock=clock, randomness=SystemRandomness()
        ) as stage,
        serving_http2(tmp_path, apple.server),
        serving_http2(tmp_path, web),
    ):
        origin = f"https://localhost:{web.port}"
        browsers = WebPushStandIn(origin, now=clock.time)
        (tmp_path / "apple.p8").write_text(key_file())
        more = PUSHED.format(
            key_id=KEY_ID, team=TEAM, topic=TOPIC, apple=f"https://localhost:{apple.server.port}", browsers=origin
        )
        head, mark, rest = stage.config.read_text().partition("\n[[providers.upstreams]]")
        authority, _, tables = more.strip().partition("\n")
        stage.config.write_text(f"{head}{authority}\n{mark}{rest}\n{tables}")
        yield House(stage, apple, browsers, arrived)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[Server]:
    async with serving(house.stage.config, SystemClock(), SystemRandomness()) as server:
        yield server


async def subscribed(house: House, app: str, path: str) -> Subscriber:
    """A browser subscribes with the key that the server shows, and enrols."""
    shown = (await house.ask("GET", f"/v1/apps/{app}/push-key")).json()["application_server_key"]
    house.browsers.key = str(shown)
    browser = Subscriber(house.browsers.origin + path)
    assert (await house.enrol(app, push_subscription=browser.subscription())).status == 201
    return browser


@pytest.mark.promise("ACR-08")
@pytest.mark.promise("APP-09")
async def test_a_call_wakes_phones_of_every_kind_and_tells_nobody_who_calls(house: House) -> None:
    async with running(house) as server:
        assert (await house.enrol("ios", push_token=VOIP, alert_token=REST)).status == 201
        browser = await subscribed(house, "browser", "/wpush/one")
        unified = await subscribed(house, "unified", "/UP/two")
        async with house.called():
            assert sorted([await house.arrived.get() for _ in range(3)]) == ["apple", "browsers", "browsers"]
        await until(lambda: server.wake.outcomes[PushKind.CALL, Outcome.ACCEPTED] == 3, "all are accepted")
        await until(lambda: len(house.apple.taken) == 2, "the iPhone hears that the call is over")
    told = {arrived.path: arrived.body for arrived in house.browsers.arrived if arrived.headers["urgency"] == "high"}
    said = [json.loads(browser.read(told["/wpush/one"])), json.loads(unified.read(told["/UP/two"]))]
    ringing, over = house.apple.taken
    said.append({name: value for name, value in ringing.payload.items() if name != "aps"})
    assert len({each["call"] for each in said}) == 1
    assert {frozenset(each) for each in said} == {frozenset({"v", "call", "by", "box"})}
    assert (ringing.token, ringing.headers["apns-push-type"]) == (VOIP, "voip")
    assert (over.token, over.headers["apns-push-type"]) == (REST, "background")
    seen = b"".join([*(each.raw for each in house.apple.taken), *(each.body for each in house.browsers.arrived)])
    for needle in (CALLER, CALLER_NAME, "alice", "canary", DOMAIN):
        assert needle.encode() not in seen


async def test_a_subscription_at_a_place_that_nobody_declared_is_refused(house: House) -> None:
    async with running(house):
        elsewhere = Subscriber("https://push.evil.example/canary").subscription()
        answer = await house.enrol("browser", push_subscription=elsewhere)
        assert (answer.status, answer.json()["code"]) == (422, "push_token_unusable")
        assert (await house.enrol("ios", push_token="canary")).status == 422
        assert (await house.enrol("unified", push_subscription={"endpoint": "http://127.0.0.1/"})).status == 422


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "169.254.169.254"])
async def test_a_chosen_push_server_inside_our_network_is_never_connected_to(house: House, host: str) -> None:
    inside = Http2Server(lambda _: Reply(201))
    async with serving_http2(house.stage.config.parent, inside), running(house) as server:
        endpoint = Subscriber(f"https://{host}:{inside.port}/latest/meta-data")
        assert (await house.enrol("unified", push_subscription=endpoint.subscription())).status == 201
        async with house.called():
            await until(lambda: server.wake.outcomes[PushKind.CALL, Outcome.BLOCKED] == 1, "the gate refuses")
        blocked = {key[2] for gate in server.gates.values() for key in gate.blocked}
        assert blocked == {"address_not_public"}
    assert inside.opened == 0


async def test_a_subscription_that_has_ended_ends_its_push_instance_and_no_other(house: House) -> None:
    house.browsers.gone.add("/wpush/old")
    async with running(house) as server:
        await house.enrol("ios", push_token=VOIP)
        await subscribed(house, "browser", "/wpush/old")
        ios, old = map(DeviceId, house.tokens)
        async with house.called():
            await until(lambda: not server.wake.has(old), "the subscription is over")
        assert server.wake.has(ios)
        answer = await house.ask("PUT", "/v1/device/push-token", {"push_token": REST}, token=house.tokens[ios])
        assert answer.status == 200
        ended = await house.ask("PUT", "/v1/device/push-token", {"push_token": REST}, token=house.tokens[old])
        assert ended.json()["code"] == "push_ended"


async def test_browsers_subscribe_with_one_key_over_restarts(house: House) -> None:
    keys = set()
    for _ in range(2):
        async with running(house):
            keys.add((await house.ask("GET", "/v1/apps/browser/push-key")).json()["application_server_key"])
            assert (await house.ask("GET", "/v1/apps/ios/push-key")).json() == {"application_server_key": ""}
    assert len(keys) == 1


async def test_a_key_of_apples_that_is_none_is_said_before_the_first_call(house: House) -> None:
    (house.stage.config.parent / "apple.p8").write_text("nonsense")
    with pytest.raises(OperatorFault, match="apns_key_unusable"):
        async with running(house):
            raise AssertionError


@pytest.mark.parametrize(("revoked", "verdict"), [(False, "push_accepted"), (True, "push_refused")])
async def test_the_doctor_asks_apple_whether_our_key_is_accepted(house: House, *, revoked: bool, verdict: str) -> None:
    house.apple.revoked = revoked
    found = [each async for each in doctor.examine(load(house.stage.config), SystemClock(), SystemRandomness())]
    assert [each.verdict for each in found if (each.check, each.what) == ("push", "ours")] == [verdict]
    assert house.apple.taken == []


async def test_a_person_rings_their_own_phone_and_sees_whether_it_wakes(house: House) -> None:
    stage = house.stage
    owner = Owner(Account("alice", DOMAIN, "alice", "secret"), stage.doors, stage.push, SystemRandomness(), device="x")
    async with running(house) as server:
        await owner.enrol(await owner.notice(), agreed=True)
        assert owner.access is not None
        path, token = f"/v1/devices/{owner.access.device}/ring-test", owner.access.token
        assert (await house.ask("GET", path, token=token)).json()["state"] == "none"
        assert (await house.ask("POST", path, token=token)).status == 202
        pushed = await owner.woken(5)
        assert set(pushed.data) == {"v", "test", "by"}
        assert (await house.ask("POST", path, token=token)).status == 202  # the same one
        await owner.connect()
        await until(lambda: server.wake.outcomes[PushKind.TEST, Outcome.ACCEPTED] == 1, "one push has left")
        shown = (await house.ask("GET", path, token=token)).json()
        owner.sleep()
        assert (shown["state"], shown["push"]) == ("woke", "accepted")
        assert isinstance(shown["seconds"], float)
        await house.enrol("ios", push_token=VOIP)
        [ios] = house.tokens
        assert (await house.ask("POST", f"/v1/devices/{ios}/ring-test", token=token)).status == 202
        await until(lambda: len(house.apple.taken) == 1, "the iPhone is woken as for a call")
        assert house.apple.taken[0].headers["apns-push-type"] == "voip"
        assert (await house.ask("POST", "/v1/devices/nobody/ring-test", token=token)).status == 404
        assert (await house.ask("DELETE", "/v1/device/push", token=token)).status == 204
        assert (await house.ask("POST", path, token=token)).json()["code"] == "not_wakeable"


@pytest.mark.pitfall(16)
async def test_the_invite_bears_the_reference_of_its_push_where_each_build_looks_for_it(house: House) -> None:
    stage = house.stage
    owner = Owner(Account("alice", DOMAIN, "alice", "secret"), stage.doors, stage.push, SystemRandomness(), device="x")
    async with running(house):
        await owner.enrol(await owner.notice(), agreed=True)
        async with house.called():
            pushed = await owner.woken(5)
            phone = await owner.connect()
            async with asyncio.timeout(5):
                invite = (await phone.incoming.get()).request
            owner.sleep()
    for name in ("x-ringfence-call", "x-push-id"):
        assert invite.first(name) == pushed.data["call"]
