"""The story of `make run`: the main job, played on one machine with real sockets.

    story ──> Pbx, Phone (caller)         the provider's side; their SIP is their own (sip.py)
      │  ──> SoftPhone ──HTTPS, TLS──┐    the owner's phone: enrols, sleeps, wakes, talks, leaves
      │  ──> PushService <──HTTP─────┤    stands for Google's push service
      └──> the server itself (app) ──┘    started as `serve` starts it

Invariants: nothing here imports `ringfence.protocols`, so that a mistake there can't be shared and stay hidden; every
step of the story asserts what it says; all files are in one directory of the story's own.
Refused: to be a PBX or a phone for anybody in earnest, and to reach any address but loopback.
"""

from ringfence.demo.play import play
from ringfence.demo.stage import Installation, Start

__all__ = ["Installation", "Start", "play"]
