"""SIPp as caller and phone: a scenario file is filled in and played once (the Debian build has no TLS)."""

from collections.abc import Mapping
from math import pi, sin
from pathlib import Path

from tests.peers.process import Program, free_port, needs

__all__ = ["Sipp", "needs_sipp", "tone"]

needs_sipp = needs("sipp")
_SCENARIOS = Path(__file__).with_name("scenarios")
_RING = """<recv response="180"><action>
    <ereg regexp="branch=[^;]+" search_in="hdr" header="Via:" assign_to="branch"/>
  </action></recv>
"""


def tone(file: Path, seconds: float = 4.0, hertz: float = 440.0) -> Path:
    """A sine in G.711 mu-law, raw, 8,000 samples a second: what `rtp_stream` plays."""
    samples = (0.5 * sin(2 * pi * hertz * n / 8000) for n in range(int(seconds * 8000)))
    file.write_bytes(bytes(_mu_law(sample) for sample in samples))
    return file


def _mu_law(sample: float) -> int:
    """ITU-T G.711: 14 bit linear to 8 bit, by the segment search of the recommendation."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(int(abs(sample) * 32767), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF


class Sipp(Program):
    """One SIPp that plays `scenario` (a file in scenarios/); `wait()` gives 0 where every call held.

    `rings` is how many 180 a scenario waits for that waits for some, `contact` a URI for one that calls a contact
    directly; `filled` stands in the place of @NAME@.
    """

    def __init__(
        self,
        directory: Path,
        scenario: str,
        target: str,
        *,
        service: str = "service",
        domain: str = "pbx.test",
        contact: str = "",
        port: int | None = None,
        calls: int = 1,
        rate: int = 1,
        rings: int = 1,
        filled: Mapping[str, str] | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.port = port or free_port()
        self.trace = directory / f"sipp-{self.port}.messages"
        played = directory / f"sipp-{self.port}.xml"
        text = (_SCENARIOS / scenario).read_text().replace("@RINGS@", _RING * rings)
        if "@TONE@" in text:
            text = text.replace("@TONE@", str(tone(directory / "tone.ul")))
        for name, value in (filled or {}).items():
            text = text.replace(f"@{name}@", value)
        played.write_text(text)
        table = directory / f"sipp-{self.port}.csv"
        table.write_text(f"SEQUENTIAL\n{domain};{contact};\n")
        super().__init__(
            [
                "sipp", target, "-sf", str(played), "-inf", str(table), "-s", service, "-i", "127.0.0.1",
                "-p", str(self.port), "-m", str(calls), "-r", str(rate), "-nostdin",
                "-timeout", "60s", "-timeout_error", "-trace_msg", "-message_file", str(self.trace), *arguments,
            ],
            directory / f"sipp-{self.port}.log",
        )  # fmt: skip

    def messages(self) -> str:
        """Everything it sent and received."""
        return self.trace.read_text(errors="replace") if self.trace.exists() else ""
