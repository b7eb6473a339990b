"""baresip: a phone that keeps one flow to us by RFC 5626. Its commands go over a netstring socket of its own."""

import json
import socket
from pathlib import Path

from tests.peers.installation import Enrolled
from tests.peers.process import Program, free_port, needs

__all__ = ["Baresip", "needs_baresip"]

needs_baresip = needs("baresip")

_CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:0
sip_cafile {authority}
net_interface 127.0.0.1
audio_player aufile,{home}/heard.wav
audio_source ausine,440
audio_alert aufile,{home}/alert.wav
ausrc_srate 48000
ausrc_channels 2
auplay_srate 48000
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{port}
"""
_ACCOUNT = (
    "<sip:{user}@{domain};transport=tls>;auth_user={auth_user};auth_pass={secret};answermode={answers};regint=600;"
    'outbound="{route};lr";sipnat=outbound;audio_codecs=PCMU/8000/1\n'
)


class Baresip:
    """A phone in `directory` with the account of an enrolment, trusting the certificates in `authority`.

    It asks a DNS server for every name, so the server must be reached by its address.
    """

    def __init__(self, directory: Path, user: str, domain: str, enrolled: Enrolled, *, authority: Path) -> None:
        directory.mkdir()
        self._port = free_port(socket.SOCK_STREAM)
        sip = enrolled.body["sip"]
        (directory / "config").write_text(_CONFIG.format(authority=authority, home=directory, port=self._port))
        (directory / "accounts").write_text(
            _ACCOUNT.format(
                user=user,
                domain=domain,
                auth_user=sip["user"],
                secret=sip["secret"],
                route=sip["route"],
                answers="auto",
            )
        )
        (directory / "contacts").touch()
        self.program = Program(["baresip", "-f", str(directory), "-v", "-s"], directory / "printed.log")

    async def wake(self) -> None:
        """Start it; it registers by itself and answers."""
        await self.program.start()

    def sleep(self) -> None:
        """Kill it, as the system does."""
        self.program.kill()

    def command(self, name: str) -> None:
        """Send one of its menu's commands."""
        text = json.dumps({"command": name, "token": name})
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as control:
            control.sendall(f"{len(text)}:{text},".encode())
            control.recv(4096)
