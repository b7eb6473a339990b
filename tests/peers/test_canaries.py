"""After everything that a server does, no file of it says in any spelling who its people are or what they know."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from ringfence.demo.phone import Account, Phone
from ringfence.randomness import SystemRandomness
from tests.peers import postgres
from tests.peers.canaries import encodings, files_below, look
from tests.peers.conftest import Lab, lab_in
from tests.peers.installation import Enrolled
from tests.peers.kamailio import needs_kamailio
from tests.peers.phone import connected
from tests.peers.process import free_port, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180), needs_kamailio, needs_sipp]

ALICE, BOB = "canary-alice", "canary-bob"
PASSWORDS: Final = {ALICE: "canary/password+of~alice", BOB: "canary/password+of~bob"}
WRONG: Final = "a-wrong-canary-password"
OF_ANOTHER_DOMAIN: Final = "canary-stranger"
CALLER, CALLER_NAME = "4915550199", "Canary Caller"  # as in the scenarios


@dataclass
class Run:
    """What happened: who must not be found, and what was answered and pushed."""

    lab: Lab
    trunk: int
    canaries: dict[str, bytes] = field(default_factory=dict)
    answers: list[tuple[str, bytes]] = field(default_factory=list)

    def knows(self, name: str, value: str | bytes) -> None:
        self.canaries[name] = value.encode() if isinstance(value, str) else value

    def answered(self, name: str, answer: object) -> None:
        self.answers.append((name, json.dumps(answer).encode()))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of the main database; empty for the SQLite of the data folder."""
    if request.param == "sqlite":
        yield ""
        return
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here")
    with postgres.cluster() as server:
        yield postgres.fresh_database(server, "canaries")


@pytest.fixture
async def run(tmp_path: Path, database: str) -> AsyncIterator[Run]:
    trunk = free_port()
    async with lab_in(tmp_path, PASSWORDS, trunk=[trunk], profile="ringfence", database=database) as lab:
        yield Run(lab, trunk)


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("ZOI-02")
@pytest.mark.promise("CTP-02")
@pytest.mark.promise("CTP-12")
async def test_no_file_and_no_push_tells_of_anybody(run: Run, database: str, closing: AsyncExitStack) -> None:
    lab = run.lab
    alice, bob = [await _enrol(run, user) for user in PASSWORDS]
    await _refused_enrolments(run)
    await _pushed_call(run, alice)
    await _missed_call(run, alice)
    await _outbound_call(run, alice, bob, closing)
    await _backed_up(run, database)
    places = _assert_unseen(run, database)
    in_rows = [name for name, content in places if alice.device.encode() in content and "/data" in name]
    assert in_rows, "her rows are in the files that were looked at: the device's id is technical, and stands in them"

    await _erased(run, alice)
    run.answered("metrics", (await asyncio.to_thread(lab.server.ask, "GET", "/metrics"))[1])
    _assert_unseen(run, database)
    await lab.server.stop()
    _assert_unseen(run, database)
    _assert_the_look_is_not_blind(run)


# What happens ---------------------------------------------------------------------------------------------------------


async def _enrol(run: Run, user: str) -> Enrolled:
    domain, password = run.lab.server.domain, PASSWORDS[user]
    enrolled = await run.lab.server.enrol(user, password, push_token=f"push-token:of.{user}")
    sip, digest = enrolled.body["sip"], hashlib.md5(f"{user}:{domain}:{password}".encode())  # noqa: S324 - RFC 2617
    own = f"{sip['user']}:{sip['realm']}:{sip['secret']}".encode()
    run.knows(f"{user}: address", user)
    run.knows(f"{user}: password", password)
    run.knows(f"{user}: HA1", digest.hexdigest())
    run.knows(f"{user}: HA1, raw", digest.digest())
    run.knows(f"{user}: push token", f"push-token:of.{user}")
    run.knows(f"{user}: device name", f"{user}'s phone")
    run.knows(f"{user}: API token", enrolled.token.partition(".")[2])
    run.knows(f"{user}: SIP secret", sip["secret"])
    run.knows(f"{user}: HA1 of ours, MD5", hashlib.md5(own).hexdigest())  # noqa: S324 - RFC 2617
    run.knows(f"{user}: HA1 of ours, SHA-256", hashlib.sha256(own).hexdigest())
    run.knows(f"{user}: provisioning link", enrolled.provisioning.rpartition("/")[2])
    return enrolled


async def _refused_enrolments(run: Run) -> None:
    run.knows("a wrong password", WRONG)
    run.knows("a stranger", OF_ANOTHER_DOMAIN)
    server = run.lab.server
    for status, (code, answer) in [
        (403, await server.try_to_enrol(ALICE, WRONG)),
        (403, await server.try_to_enrol(ALICE, PASSWORDS[ALICE], agreed=False)),
        (403, await server.try_to_enrol(OF_ANOTHER_DOMAIN, WRONG)),
        (422, await _asked(run, "POST", "/v1/enrolments", {OF_ANOTHER_DOMAIN: WRONG, "password": [WRONG]})),
        (422, await _asked(run, "POST", "/v1/enrolments", {"sip_address": OF_ANOTHER_DOMAIN, "password": WRONG})),
        (401, await _asked(run, "GET", "/v1/account/data", token=f"{OF_ANOTHER_DOMAIN}.{WRONG}")),
        (404, await _asked(run, "GET", f"/v1/{OF_ANOTHER_DOMAIN}?password={WRONG}")),
    ]:
        assert code == status, answer
        run.answered(f"refusal {answer['code']}", answer)


async def _asked(run: Run, method: str, path: str, body: object = None, token: str = "") -> tuple[int, Any]:
    return await asyncio.to_thread(run.lab.server.ask, method, path, body, token=token)


async def _pushed_call(run: Run, alice: Enrolled) -> None:
    """The phone sleeps, is woken, answers, and the caller hangs up."""
    caller = await _caller(run, "caller.xml")
    await until(lambda: run.lab.push.sent, 10, "a push leaves")
    phone = await connected(run.lab, ALICE, alice)
    try:
        rings = await asyncio.wait_for(phone.incoming.get(), 15)
        assert CALLER in rings.request.first("from"), "the caller did come by here"
        conversation = await rings.answer()
        await asyncio.wait_for(conversation.ended.wait(), 15)
    finally:
        phone.close()
    assert await caller.wait(60) == 0, caller.printed()[-2000:]
    run.knows("the caller's number", CALLER)
    run.knows("the caller's name", CALLER_NAME)


async def _missed_call(run: Run, alice: Enrolled) -> None:
    caller = await _caller(run, "cancelled.xml")
    assert await caller.wait(60) == 0, caller.printed()[-2000:]

    async def shown() -> bool:
        _, data = await _asked(run, "GET", "/v1/account/data", token=alice.token)
        return CALLER in str(data)

    for _ in range(100):
        if await shown():
            return
        await asyncio.sleep(0.1)
    pytest.fail("the missed call is not kept")


async def _outbound_call(run: Run, alice: Enrolled, bob: Enrolled, closing: AsyncExitStack) -> None:
    """Alice rings Bob, through the PBX and its challenge; then both go to sleep."""
    lab, phones = run.lab, []
    for user, enrolled in ((ALICE, alice), (BOB, bob)):
        phone: Phone = await connected(lab, user, enrolled)
        closing.callback(phone.close)
        phones.append(phone)
    phones[0].account = Account(ALICE, lab.server.domain, ALICE, PASSWORDS[ALICE])  # the PBX asks for the PBX's
    dialling = await phones[0].dial(f"sip:{BOB}@{lab.server.domain}")
    rings = await asyncio.wait_for(phones[1].incoming.get(), 15)
    _, conversation = await asyncio.gather(rings.answer(), dialling.answered(15))
    await conversation.hang_up()


async def _backed_up(run: Run, database: str) -> None:
    flags = ["--without-database"] if database else []
    ended = await run.lab.server.command("backup", str(run.lab.server.directory / "backup"), *flags)
    assert ended.code == 0, ended.complained
    run.answers.append(("backup's output", (ended.printed + ended.complained).encode()))


async def _erased(run: Run, alice: Enrolled) -> None:
    status, answer = await _asked(run, "DELETE", "/v1/account", token=alice.token)
    assert status == 202
    for _ in range(300):
        _, erasure = await _asked(run, "GET", f"/v1/erasures/{answer['erasure_id']}")
        if erasure["certificate"]:
            break
        await asyncio.sleep(0.1)
    assert erasure["certificate"], erasure["state"]
    run.answered("certificate", erasure)
    assert not run.lab.pbx.bindings().get(ALICE), "the PBX holds no binding of ours"


async def _caller(run: Run, scenario: str) -> Sipp:
    target = f"127.0.0.1:{run.lab.pbx.port}"
    return await Sipp(run.lab.directory, scenario, target, service=ALICE, port=run.trunk).start()


# What is looked at ----------------------------------------------------------------------------------------------------


def _assert_unseen(run: Run, database: str) -> list[tuple[str, bytes]]:
    """In no file of the server, no answer that was not its owner's, and no push. Returns all that was looked at."""
    folders = [run.lab.server.directory]
    if database:
        folders.append(postgres.visible_files(database.rpartition("/")[0]).parent)
    places = [*files_below(*folders), *run.answers, *_pushes(run.lab)]
    names = " ".join(name for name, _ in places)
    assert all(part in names for part in ("keyring.db", "ringfence.log", "backup/", "push 1", *_of(database)))
    assert not look(places, run.canaries)
    return places


def _of(database: str) -> list[str]:
    return ["data/base/", "data/pg_wal/"] if database else ["data/ringfence.db"]


def _pushes(lab: Lab) -> Iterator[tuple[str, bytes]]:
    """All but the address that they go to."""
    for number, sent in enumerate(lab.push.sent):
        message = {name: part for name, part in sent.message.items() if name != "token"}
        yield f"push {number}", json.dumps(message).encode()


def _assert_the_look_is_not_blind(run: Run) -> None:
    """Each canary is found in each spelling, and where the peers keep it."""
    folder = run.lab.server.data / "logs"
    folder.mkdir(exist_ok=True)
    planted = folder / "planted"
    for name, value in run.canaries.items():
        for encoding, written in encodings(value).items():
            planted.write_bytes(SystemRandomness().bytes(97) + written + SystemRandomness().bytes(101))
            seen = look(files_below(folder), {name: value})
            assert encoding in {sighting.encoding for sighting in seen}, (name, encoding)
    planted.write_bytes(b"x" + base64.b64encode(b"user=" + PASSWORDS[ALICE].encode() + b"&"))
    assert look(files_below(folder), run.canaries), "base64 of a longer text, too"

    peers = [*files_below(run.lab.pbx.directory), *((str(file), file.read_bytes()) for file in _traces(run))]
    seen_at_peers = {sighting.name for sighting in look(peers, run.canaries)}
    assert {f"{ALICE}: HA1", f"{ALICE}: address", "the caller's number", "the caller's name"} <= seen_at_peers


def _traces(run: Run) -> Iterator[Path]:
    return run.lab.directory.glob("sipp-*.messages")
