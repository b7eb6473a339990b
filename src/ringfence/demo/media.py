"""A voice of sorts: a steady tone as RTP (RFC 3550), G.711 mu-law in 20 ms packets, and the count of what was heard."""

import asyncio
import math
import struct
from typing import Final, cast, final

from ringfence.demo.sip import Address, Gibberish
from ringfence.randomness import Randomness

__all__ = ["Media", "address_in_sdp"]

_PACKET: Final = 160  # samples of 125 us: 20 ms
_HEADER: Final = struct.Struct("!BBHII")
_TONE: Final = 400  # Hz: twenty whole waves in 50 ms
_BIAS: Final = 0x84  # G.711: the offset that makes the segments logarithmic


@final
class Media(asyncio.DatagramProtocol):
    """One RTP socket: plays a tone to the other side and counts the packets that come from it."""

    def __init__(self, randomness: Randomness) -> None:
        self.heard = 0
        """Packets that carried 20 ms of mu-law sound."""
        self.said = 0
        self.enough = asyncio.Event()
        self.address: Address = ("", 0)
        self._wanted = 0
        self._ssrc = int.from_bytes(randomness.bytes(4))
        self._transport: asyncio.DatagramTransport

    async def open(self, host: str = "127.0.0.1") -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(host, 0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, _addr: Address) -> None:
        if len(data) == _HEADER.size + _PACKET and data[0] >> 6 == 2 and data[1] & 0x7F == 0:
            self.heard += 1
            if self.heard >= self._wanted:
                self.enough.set()

    def close(self) -> None:
        self._transport.close()

    def sdp(self) -> bytes:
        """What we offer or answer: G.711 mu-law at our address (RFC 4566)."""
        host, port = self.address
        lines = ["v=0", f"o=- {self._ssrc} 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv", ""]
        return "\r\n".join(lines).encode()

    async def play(self, to: Address, packets: int) -> None:
        """Say `packets` times 20 ms of tone, at the pace of speech."""
        for _ in range(packets):
            sound = bytes(_mu_law(_sample(self.said * _PACKET + i)) for i in range(_PACKET))
            header = _HEADER.pack(0x80, 0, self.said & 0xFFFF, self.said * _PACKET & 0xFFFFFFFF, self._ssrc)
            self._transport.sendto(header + sound, to)
            self.said += 1
            await asyncio.sleep(0.02)

    async def hear(self, packets: int, within: float) -> int:
        """Wait until so many packets have come in all; raises TimeoutError."""
        self._wanted = packets
        if self.heard < packets:
            self.enough.clear()
            await asyncio.wait_for(self.enough.wait(), within)
        return self.heard


def address_in_sdp(body: bytes) -> Address:
    """Where the other side wants its sound; raises Gibberish."""
    lines = dict(line.split("=", 1) for line in body.decode("utf-8", "replace").split("\r\n") if "=" in line)
    try:
        return lines["c"].split()[2], int(lines["m"].split()[1])
    except (KeyError, IndexError, ValueError) as error:
        raise Gibberish from error


def _sample(at: int) -> int:
    return int(8000 * math.sin(2 * math.pi * _TONE * at / 8000))


def _mu_law(sample: int) -> int:
    """ITU-T G.711: sign, segment and step of one 16-bit sample, inverted on the wire."""
    magnitude = min(abs(sample), 32635) + _BIAS
    segment = magnitude.bit_length() - 8
    return ~((0x80 if sample < 0 else 0) | segment << 4 | (magnitude >> (segment + 3)) & 0x0F) & 0xFF
