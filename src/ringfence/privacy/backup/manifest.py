"""What a backup says about itself, signed, so that a restore can tell whether it is whole and how far it reaches."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, final

from ringfence.privacy.backup.errors import BackupDamaged
from ringfence.privacy.ledger import Signer
from ringfence.privacy.statement import canonical

__all__ = ["MANIFEST", "Manifest", "demand_own", "digest_of", "read_manifest", "write_manifest"]

MANIFEST: Final = "manifest.json"
_PIECE: Final = 1024 * 1024  # bytes read at once


@final
@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` leads from names to SHA-256 digests; `tombstones` and `tombstones_digest` are the file's head then."""

    made: int
    release: str
    files: dict[str, str]
    tombstones: int
    tombstones_digest: str
    opens_until: int


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def write_manifest(folder: Path, manifest: Manifest, signer: Signer) -> str:
    """Writes it; its digest, for the ledger."""
    content = {**asdict(manifest), "key": signer.key_id}
    whole = {**content, "signature": signer.sign(canonical(content)).hex()}
    (folder / MANIFEST).write_bytes(canonical(whole))
    return hashlib.sha256(canonical(whole)).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """What it says; raises BackupDamaged if a file is not as the manifest says. It is not yet known who wrote it."""
    content, _ = _load(folder)
    try:
        manifest = Manifest(**{name: value for name, value in content.items() if name != "key"})
    except TypeError:
        raise BackupDamaged(file=MANIFEST) from None
    for name, digest in manifest.files.items():
        if not (folder / name).is_file() or digest_of(folder / name) != digest:
            raise BackupDamaged(file=name)
    return manifest


def demand_own(folder: Path, signer: Signer) -> None:
    """Raises BackupDamaged unless this installation signed the manifest."""
    content, signature = _load(folder)
    if not signer.verify(str(content.get("key")), canonical(content), signature):
        raise BackupDamaged(file=MANIFEST, problem="other_key")


def _load(folder: Path) -> tuple[dict[str, Any], bytes]:
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        return content, bytes.fromhex(content.pop("signature"))
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        raise BackupDamaged(file=MANIFEST) from None
