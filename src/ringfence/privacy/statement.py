"""The one spelling of a statement that is hashed or signed.

JSON with sorted keys, no blanks, ASCII only: whoever writes the same content anew, in any language, gets the same
bytes.
"""

import json
from collections.abc import Mapping

__all__ = ["canonical"]


def canonical(content: Mapping[str, object]) -> bytes:
    """The bytes; raises TypeError for what JSON can't say."""
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")
