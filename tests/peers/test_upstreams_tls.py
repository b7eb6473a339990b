"""A PBX that is spoken to by TLS: Kamailio with certificates on both sides, and what may not be let through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ringfence.clock import SystemClock
from tests.doubles.certificate import self_signed
from tests.peers.conftest import Lab
from tests.peers.fcm_standin import FcmStandIn, standing_in
from tests.peers.installation import Installation
from tests.peers.kamailio import Kamailio, PbxTls, needs_kamailio
from tests.peers.phone import connected
from tests.peers.process import free_port, free_port_of_both, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio, needs_sipp]

PASSWORD: Final = "password-of-alice"


@dataclass(frozen=True)
class Papers:
    """Certificates in a folder: each side's own, and the authority that the other side knows it by (itself)."""

    folder: Path

    def issue(self, role: str, *names: str) -> tuple[Path, Path]:
        """Write or replace the certificate of `role`, for these names."""
        pair = self_signed(names, SystemClock())
        certificate, key = self.folder / f"{role}.pem", self.folder / f"{role}-key.pem"
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        return certificate, key


@pytest.fixture
async def papers(tmp_path: Path) -> Papers:
    for name in ("papers", "pbx", "push"):
        (tmp_path / name).mkdir()
    made = Papers(tmp_path / "papers")
    made.issue("ringfence", "ringfence.test")
    return made


@pytest.fixture
async def trunk() -> int:
    return free_port()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def _lab(
    tmp_path: Path,
    papers: Papers,
    stack: AsyncExitStack,
    trunk: int,
    *,
    pbx_name: str,
    shows: str = "ringfence",
    ready: bool = True,
) -> Lab:
    """A PBX that shows a certificate for `pbx_name` and wants that of `ringfence`; a server that shows it `shows`."""
    certificate, key = papers.issue("pbx", pbx_name)
    ours = papers.folder / f"{shows}.pem"
    push = FcmStandIn()
    authority = await stack.enter_async_context(standing_in(tmp_path / "push", push))
    pbx = Kamailio(
        tmp_path / "pbx",
        {"alice": PASSWORD},
        trunk=[trunk],
        tls=PbxTls(certificate, key, papers.folder / "ringfence.pem", papers.folder / "ringfence.pem"),
    )
    stack.push_async_callback(pbx.stop)
    await pbx.start()
    server = Installation(
        tmp_path / "ringfence",
        pbx_port=pbx.tls_port,
        push=push,
        push_authority=authority,
        profile="ringfence",
        more_pbx_side=f"""
certificate = "{papers.folder}/ringfence.pem"
key = "{papers.folder}/ringfence-key.pem"
[[pbx_side.also]]
listen = "127.0.0.1:{free_port_of_both()}"
tls = true
""",
        more_upstream=f"""
transport = "tls"
tls_authorities = "{certificate}"
tls_certificate = "{ours}"
tls_key = "{papers.folder}/{shows}-key.pem"
""",
    )
    stack.push_async_callback(server.stop)
    await (server.start() if ready else server.begin())
    return Lab(tmp_path, pbx, push, server)


@pytest.mark.promise("APP-09")
async def test_an_account_registers_by_tls_with_our_certificate_and_is_called_by_tls(
    tmp_path: Path, papers: Papers, stack: AsyncExitStack, trunk: int
) -> None:
    lab = await _lab(tmp_path, papers, stack, trunk, pbx_name="pbx.test")
    enrolled = await lab.server.enrol("alice", PASSWORD)
    await until(lambda: lab.pbx.bindings().get("alice"), 10, "Ringfence holds the registration")
    (contact,) = lab.pbx.bindings()["alice"]
    assert contact.endswith(";transport=tls")
    assert lab.pbx.shown() == {"ringfence.test"}

    caller = await Sipp(lab.directory, "caller.xml", f"127.0.0.1:{lab.pbx.port}", service="alice", port=trunk).start()
    await until(lambda: lab.push.sent, 10, "a push leaves")
    phone = await connected(lab, "alice", enrolled)
    stack.callback(phone.close)
    conversation = await (await asyncio.wait_for(phone.incoming.get(), 15)).answer()
    assert await conversation.talk(10) >= 10
    await asyncio.wait_for(conversation.ended.wait(), 15)  # the BYE found its way by TLS too
    assert await caller.wait(60) == 0, caller.printed()[-2000:]


async def test_a_pbx_whose_certificate_bears_another_domain_is_told_nothing(
    tmp_path: Path, papers: Papers, stack: AsyncExitStack, trunk: int
) -> None:
    lab = await _lab(tmp_path, papers, stack, trunk, pbx_name="*.test", ready=False)
    await until(lambda: "upstream_unreachable" in lab.server.printed(), 20, "it gives up on the certificate")
    assert "connect_failed" in lab.server.printed()
    assert not lab.pbx.asked()


async def test_a_pbx_that_does_not_know_our_certificate_hears_nothing_and_is_not_stormed(
    tmp_path: Path, papers: Papers, stack: AsyncExitStack, trunk: int
) -> None:
    papers.issue("stranger", "stranger.test")
    lab = await _lab(tmp_path, papers, stack, trunk, pbx_name="pbx.test", shows="stranger", ready=False)
    await until(lambda: _rejections(lab), 20, "the PBX refuses the certificate")
    await asyncio.sleep(3.0)  # what did not come in three seconds does not come as fast as it can
    assert 1 <= _rejections(lab) <= 4
    assert not lab.pbx.asked()


def _rejections(lab: Lab) -> int:
    return lab.pbx.program.printed().count("certificate verify failed")
