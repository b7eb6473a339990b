"""`ringfence doctor`: each thing that can be wrong is found, named, and comes with its remedy."""

import asyncio
import datetime as dt
import json
import re
import socket
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from starlette.routing import BaseRoute
from typer.testing import CliRunner

from ringfence.app import doctor, opened
from ringfence.app.doctor import Finding, examine
from ringfence.cli.doctor import texts
from ringfence.cli.main import app
from ringfence.clock import Clock, ManualClock, SystemClock
from ringfence.demo.stage import Installation, set_stage
from ringfence.protocols.sip.message import Request, parse
from ringfence.protocols.sip.response import response_to
from ringfence.randomness import SeededRandomness, SystemRandomness
from ringfence.settings import load
from ringfence.web.start import Pages

CHECKS = {"certificate", "data", "erasure", "transfer", "push", "port", "pbx"}
DAY = 86_400


class NotRunning:
    """In the place of the server: the doctor comes before it."""

    public_key = ""

    @property
    def pages(self) -> Pages:
        raise NotImplementedError

    def private_pages(self) -> list[BaseRoute]:
        raise NotImplementedError

    async def invite_officer(self, provider: str, name: str, mail: str) -> str:
        raise NotImplementedError


@dataclass
class Patient:
    """An installation that is not running, whose PBX and push service do."""

    config: Path

    def change(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert re.search(old, text), old
        self.config.write_text(re.sub(old, new, text, count=1))

    async def findings(self, clock: Clock | None = None) -> list[Finding]:
        settings = load(self.config)
        return [each async for each in examine(settings, clock or SystemClock(), SystemRandomness())]

    async def wrong(self, clock: Clock | None = None) -> dict[str, Finding]:
        """By verdict; each has a remedy in every language."""
        found = {each.verdict: each for each in await self.findings(clock) if not each.ok}
        for language in ("en", "de"):
            assert all(" | " in texts(language)[verdict] for verdict in found)
        return found


@pytest.fixture
async def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patient]:
    @asynccontextmanager
    async def start(config: Path) -> AsyncIterator[Installation]:
        assert config.name == "ringfence.toml"
        yield NotRunning()

    monkeypatch.chdir(tmp_path)
    async with set_stage(
        tmp_path, {"alice": "secret"}, start, clock=SystemClock(), randomness=SeededRandomness(1)
    ) as stage:
        yield Patient(stage.config)


async def test_a_sound_installation_is_looked_at_from_all_sides_and_left_as_it_was(patient: Patient) -> None:
    found = await patient.findings()
    assert [each for each in found if not each.ok] == []
    assert {each.check for each in found} == CHECKS
    assert {each.what for each in found if each.check == "port"} == {"http", "devices", "pbx_side"}


async def test_a_certificate_for_another_name_is_found(patient: Patient) -> None:
    patient.change(r'public = "127.0.0.1:', 'public = "ring.example.net:')
    wrong = await patient.wrong()
    assert wrong["certificate_names_another_host"].detail == "ring.example.net"


async def test_certificates_towards_pbxs_are_looked_at_too(patient: Patient) -> None:
    folder = patient.config.parent
    face = '{ listen = "127.0.0.1:1", advertised = "pbx.test:1", tls = true }'
    patient.change(r"\[pbx_side\]\n", f"[pbx_side]\nalso = [{face}]\n")
    patient.change(r'(domain = ".*"\n)', rf'\1transport = "tls"\ntls_certificate = "{folder}/server.pem"\n')
    wrong = [(each.what, each.verdict) for each in await patient.findings() if each.check == "certificate"]
    assert ("pbx_side", "certificate_names_another_host") in wrong
    assert ("pbx", "certificate_unusable") in wrong, "its key is in another file"
    patient.change(r"(tls_certificate = .*\n)", rf'\1tls_key = "{folder}/server-key.pem"\n')
    assert ("pbx", "certificate_good") in {(each.what, each.verdict) for each in await patient.findings()}
    patient.change(r"(tls_certificate = .*\n)", r'\1tls_authorities = "nowhere.pem"\n')
    unusable = (await patient.wrong())["certificate_unusable"]
    assert (unusable.what, unusable.detail) == ("upstreams", str(folder / "nowhere.pem"))


async def test_a_certificate_that_ends_within_two_weeks_is_found(patient: Patient) -> None:
    [good] = {each.detail for each in await patient.findings() if each.verdict == "certificate_good"}
    end = dt.datetime.fromisoformat(f"{good}T00:00+00:00").timestamp()
    assert "certificate_ends_soon" not in await patient.wrong(ManualClock(end - 15 * DAY))
    soon = (await patient.wrong(ManualClock(end - 13 * DAY)))["certificate_ends_soon"]
    assert (soon.what, soon.detail) == ("http", good)


async def test_a_certificate_that_can_not_be_read_is_found(patient: Patient) -> None:
    (patient.config.parent / "server.pem").write_text("nonsense")
    assert "certificate_unusable" in await patient.wrong()


async def test_http_in_the_clear_beyond_this_machine_is_found(patient: Patient) -> None:
    text = patient.config.read_text()
    head, _, rest = text.partition("[devices]")
    head = re.sub(r'(certificate|key) = ".*"\n', "", head).replace('listen = "127.0.0.1:', 'listen = "0.0.0.0:')
    patient.config.write_text(f"{head}[devices]{rest}")
    assert (await patient.wrong())["http_in_the_clear"].check == "certificate"


async def test_a_taken_port_is_found(patient: Patient) -> None:
    host, port = re.findall(r'\[pbx_side\]\nlisten = "(.*):(\d+)"', patient.config.read_text())[0]
    with closing(socket.create_server((host, int(port)))):
        assert (await patient.wrong())["port_taken"].what == "pbx_side"


async def test_a_server_that_runs_is_not_disturbed(patient: Patient) -> None:
    async with opened(load(patient.config), SystemClock(), SystemRandomness()):
        found = await patient.findings()
    assert [each.verdict for each in found if each.check == "data"] == ["already_running"]
    assert not {"port", "push"} & {each.check for each in found}
    assert all(each.ok for each in found)


async def test_data_that_can_not_be_opened_is_found(patient: Patient) -> None:
    async with opened(load(patient.config), SystemClock(), SystemRandomness()):
        pass
    (patient.config.parent / "data/keys/epochs.key").write_bytes(b"{}")
    wrong = await patient.wrong()
    assert "key_file" in wrong["data_refused"].detail


async def test_a_database_that_is_away_is_found(patient: Patient) -> None:
    patient.change('data = "data"', 'data = "data"\ndatabase = "postgresql://somebody:canary@127.0.0.1:1/x"')
    wrong = await patient.wrong()
    assert "database_unreachable" in wrong["data_refused"].detail
    assert "canary" not in wrong["data_refused"].detail


async def test_a_push_account_that_the_service_does_not_know_is_found(patient: Patient) -> None:
    account = patient.config.parent / "firebase.json"
    known = json.loads(account.read_text())
    account.write_text(json.dumps(known | {"client_email": "somebody-else@example.net"}))
    assert (await patient.wrong())["push_refused"].what == "demo"


async def test_a_transfer_that_no_mechanism_carries_is_found(patient: Patient) -> None:
    patient.change(r'(this machine"\n)country = "BG"', r'\1country = "US"')
    assert (await patient.wrong())["transfer_blocked"].what == "push"


async def test_a_pbx_that_can_not_be_reached_is_found(patient: Patient) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        nobody = server.getsockname()[1]
    patient.change(
        r'(domain = ".*"\n)address = "127.0.0.1:\d+"', rf'\1transport = "tcp"\naddress = "127.0.0.1:{nobody}"'
    )
    assert (await patient.wrong())["pbx_not_found"].what == "pbx"


async def test_a_silent_pbx_is_found(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.gateway.inspection._PATIENCE", 0.05)
    async with answering(None) as port:
        patient.change(r'(domain = ".*"\n)address = "127.0.0.1:\d+"', rf'\1address = "127.0.0.1:{port}"')
        assert (await patient.wrong())["pbx_silent"].detail == f"127.0.0.1:{port}"


async def test_a_pbx_that_lets_everybody_in_is_found(patient: Patient) -> None:
    async with answering(200) as port:
        patient.change(r'(domain = ".*"\n)address = "127.0.0.1:\d+"', rf'\1address = "127.0.0.1:{port}"')
        assert (await patient.wrong())["pbx_does_not_challenge"].detail == "200"


async def test_the_command_says_the_remedy_and_ends_with_one(patient: Patient) -> None:
    command = ["doctor", "--config", str(patient.config), "--format", "json"]
    sound = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert sound.exit_code == 0, sound.output
    (patient.config.parent / "server.pem").unlink()
    ill = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert ill.exit_code == 1
    lines = [json.loads(line) for line in ill.stdout.splitlines()]
    assert {line["verdict"] for line in lines if line["remedy"]} == {"certificate_unusable"}
    assert {line["check"] for line in lines} == CHECKS


def test_a_configuration_that_can_not_be_read_ends_with_two(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["doctor", "--config", str(tmp_path / "none.toml")])
    assert missing.exit_code == 2
    assert "none.toml" in missing.stderr


def test_every_verdict_has_its_text_in_every_language_with_the_same_facts() -> None:
    catalogue = tomllib.loads(files("ringfence.cli").joinpath("doctor_texts.toml").read_text("utf-8"))
    verdicts = set(re.findall(r'"([a-z_]+)"', Path(str(doctor.__file__)).read_text()))
    facts = [
        {verdict: (set(re.findall(r"{\w+}", text)), " | " in text) for verdict, text in said.items()}
        for said in catalogue.values()
    ]
    assert set(catalogue) == {"en", "de"}
    assert facts[0] == facts[1]
    assert set(facts[0]) <= verdicts


@asynccontextmanager
async def answering(status: int | None) -> AsyncIterator[int]:
    """A PBX on a free port that gives one answer to everything, or none; yields the port."""

    class Answering(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # a datagram's
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            request = parse(data)
            if status is not None and isinstance(request, Request):
                self.transport.sendto(response_to(request, status).to_bytes(), addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Answering, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
