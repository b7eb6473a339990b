"""linphonec: the real phone. It keeps its identity in a private home, is killed to sleep, and started to wake."""

import wave
from pathlib import Path

from tests.peers.process import Program, needs

__all__ = ["Linphone", "needs_linphone"]

needs_linphone = needs("linphonec")

_RC = """[sip]
sip_port=-2
sip_tcp_port=-2
sip_tls_port=-2
register_only_when_network_is_up=0
use_ipv6=0
verify_server_certs=1
verify_server_cn=1
root_ca={authority}
[net]
push_notification=0
enable_nat_helper=0
[sound]
playback_dev_id=NONE
ringer_dev_id=NONE
capture_dev_id=NONE
[misc]
store_friends=0
config-uri={provisioning}
"""


class Linphone:
    """A phone in `directory`, set up from the address `provisioning`, trusting the certificates in `authority`."""

    def __init__(self, directory: Path, *, provisioning: str, authority: Path, answers: bool = True) -> None:
        self.directory = directory
        self._answers = answers
        (directory / ".local/share/linphone").mkdir(parents=True)
        self.rc = directory / "linphonerc"
        self.rc.write_text(_RC.format(authority=authority, provisioning=provisioning))
        self.trace = directory / "linphone.log"
        self.heard = directory / "heard.wav"
        self.program = self._program()

    def _program(self) -> Program:
        answering = ["-a"] if self._answers else []
        return Program(
            ["linphonec", "-c", str(self.rc), *answering, "-d", "6", "-l", str(self.trace)],
            self.directory / "printed.log",
            {"HOME": str(self.directory)},
        )

    async def wake(self) -> None:
        """Start it, as the system does when a push arrives; it registers by itself and answers."""
        self.program = await self._program().start()
        self.program.tell("soundcard use files")
        self.program.tell(f"record {self.heard}")

    def sleep(self) -> None:
        """Kill it, as the system does: no un-REGISTER, the connection just goes."""
        self.program.kill()

    async def quit(self) -> None:
        """Close it as a user does: it un-registers first."""
        self.program.tell("quit")
        await self.program.wait()

    def logged(self, text: str) -> bool:
        return self.trace.exists() and text in self.trace.read_text(errors="replace")

    def loudness(self) -> float:
        """The largest sample it heard, 0 to 1; 0 where nothing was recorded."""
        if not self.heard.exists():
            return 0.0
        with wave.open(str(self.heard)) as sound:
            samples = memoryview(sound.readframes(sound.getnframes())).cast("h")
        return max((abs(sample) for sample in samples), default=0) / 32768
