"""The body of POST /v1/projects/<project>/messages:send.

Data only: with a `notification` part Android would show it by itself and not start the app's service, so no phone would
ring (pitfall 22). High priority only for calls: Android lowers the standing of apps that use it without showing
anything (pitfall 21).
"""

from collections.abc import Mapping

import msgspec

__all__ = ["MAX_TTL", "body"]

MAX_TTL = 2_419_200  # seconds (4 weeks); FCM refuses more

_encode = msgspec.json.Encoder(order="deterministic").encode


def body(token: str, data: Mapping[str, str], *, urgent: bool, ttl: int) -> bytes:
    """JSON, keys sorted. `ttl` is in seconds; 0 means now or never."""
    return _encode(
        {
            "message": {
                "token": token,
                "data": dict(data),
                "android": {
                    "priority": "HIGH" if urgent else "NORMAL",
                    "ttl": f"{max(0, min(ttl, MAX_TTL))}s",
                },
            }
        }
    )
