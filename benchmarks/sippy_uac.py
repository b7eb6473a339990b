"""sippy registering the same accounts at the same PBX, by its own registration agent, in a process of its own.

Orders: register (all, so many under way at a time, from nothing), refresh (all again, with the nonce kept).
"""

import json
import sys
from collections import deque
from typing import Any, Final

from sippy.Core.EventDispatcher import ED2
from sippy.SipConf import SipConf
from sippy.SipLogger import SipLogger
from sippy.SipRegistrationAgent import SipRegistrationAgent
from sippy.SipTransactionManager import SipTransactionManager
from sippy.SipURL import SipURL

from benchmarks import population

_HOST: Final = "127.0.0.1"
_TOGETHER: Final = 64


class _Everybody:
    """All accounts, each with an agent."""

    def __init__(self, options: dict[str, Any]) -> None:
        SipConf.my_uaname = "sippy"
        self._config: dict[str, Any] = {
            "_sip_address": _HOST,
            "_sip_port": options["port"],
            "_sip_logger": SipLogger("bench"),
        }
        self._config["_sip_tm"] = SipTransactionManager(self._config, lambda *_: (None, None, None))
        self._agents = [self._agent(number, options["pbx"]) for number in range(options["accounts"])]
        self._waiting: deque[Any] = deque()
        self._done = self._failed = 0

    def _agent(self, number: int, pbx: int) -> Any:
        user = population.user_of(number)
        return SipRegistrationAgent(
            self._config,
            SipURL(username=user, host=population.DOMAIN),
            SipURL(username=user, host=_HOST, port=self._config["_sip_port"]),
            user=user,
            passw=population.password_of(number),
            exp=3600,
            rok_cb=lambda *_: self._ended(ok=True),
            rfail_cb=lambda *_: self._ended(ok=False),
            target=((_HOST, pbx), "udp"),
        )

    def play(self) -> dict[str, object]:
        self._done = self._failed = 0
        self._waiting.extend(self._agents)
        for _ in range(min(_TOGETHER, len(self._agents))):
            self._waiting.popleft().doregister()
        ED2.loop()
        return {"registered": self._done, "failed": self._failed}

    def _ended(self, *, ok: bool) -> None:
        self._done += ok
        self._failed += not ok
        if self._waiting:
            self._waiting.popleft().doregister()
        elif self._done + self._failed == len(self._agents):
            ED2.breakLoop()


def main() -> None:
    """Say hello, then obey, one order a line."""
    everybody = _Everybody(json.loads(sys.argv[1]))
    print(json.dumps({}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(everybody.play()), flush=True)


if __name__ == "__main__":
    main()
