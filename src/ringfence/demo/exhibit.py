"""What the story shows, laid out for a reader, and a signature checked without the server's code."""

import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ringfence.demo.http import Json

__all__ = ["code", "entries", "head", "is_signed", "laid_out", "rows_of", "was_held"]


def is_signed(certificate: Json, public_key: str) -> bool:
    """Ed25519 over the JSON without its signature, keys sorted, no spaces: checked without the server's code."""
    content = {key: value for key, value in certificate.items() if key != "signature"}
    message = json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(str(certificate.get("signature"))), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def rows_of(tables: object) -> str:
    """The rows that were given out, a line each."""
    if not isinstance(tables, dict):
        return ""
    return "\n".join(
        f"{name}: {json.dumps(row)}" for name, table in tables.items() for row in entries(table.get("rows"))
    )


def laid_out(content: Json) -> str:
    """A line for each key, and for each entry of what is under it."""
    lines = []
    for key, value in content.items():
        under = [f"{name}: {json.dumps(inner)}" for name, inner in value.items()] if isinstance(value, dict) else []
        under += [json.dumps(entry) for entry in entries(value)]
        lines.append(f"{key}:" if under else f"{key}: {json.dumps(value)}")
        lines += [f"  {entry}" for entry in under]
    return "\n".join(lines)


def was_held(verdict: object) -> bool:
    """Whether a certificate's verdict is about anything: most fields never held anything of somebody."""
    return not isinstance(verdict, dict) or verdict.get("verdict") != "nothing_held"


def entries(value: object) -> list[object]:
    """A list as it is; nothing for anything else."""
    return value if isinstance(value, list) else []


def code(body: bytes) -> str:
    """The stable code of a problem (RFC 9457), empty where there is none."""
    try:
        return str(json.loads(body).get("code"))
    except ValueError:
        return ""


def head(message: bytes) -> str:
    """A SIP message without its body."""
    return message.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")
