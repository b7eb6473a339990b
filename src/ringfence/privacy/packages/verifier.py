"""Checks a package by itself: this one file needs Python and the `cryptography` library, and nothing of Ringfence.

    python verifier.py PACKAGE.zip [--key HEX]

A package is sound when its manifest bears the signature of the key, when each file that the manifest names is there
with the size and digest that it says, and when there is nothing else. It is read without being unpacked to disk.

Refuses names that lead out of a folder, links, encrypted or doubled files, files that lie inside each other, and
anything that unpacks to more than the manifest says: what a stranger sends as a package can do no more than fail.
"""

import argparse
import hashlib
import json
import re
import stat
import struct
import sys
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["FORMAT", "MANIFEST", "SIGNATURE", "VERSION", "Finding", "Report", "main", "told", "verify"]

FORMAT: Final = "ringfence-package"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"

_NAME: Final = re.compile(r"(?:[a-z0-9_][a-z0-9_-]*/)?[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9]+)+")
_FILES: Final = 100_000
_MANIFEST_BYTES: Final = 64 << 20
_TOTAL_BYTES: Final = 1 << 40
_SIGNATURE_BYTES: Final = 128
_BLOCK: Final = 1 << 20
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UNREADABLE: Final = (
    OSError,
    EOFError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises over archives that are none; a RecursionError is a RuntimeError."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: a stable code, and the file that it is about."""

    problem: str
    file: str = ""


@dataclass(frozen=True)
class Report:
    """What was found. `trusted` says whether the key was given by whoever asks, and not taken from the package."""

    sound: bool
    trusted: bool
    key: str
    files: int
    rows: int
    made: str
    findings: tuple[Finding, ...]


class _Refused(Exception):
    def __init__(self, problem: str, file: str = "") -> None:
        super().__init__(problem)
        self.finding = Finding(problem, file)


def verify(path: Path, key: str | None = None) -> Report:
    """Check the package in the file; `key` is the public key (64 hex digits) that its maker publishes. Never raises."""
    manifest: dict[str, Any] = {}
    findings: list[Finding] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path.stat().st_size)
            manifest = _manifest(archive, members, key)
            findings = _files(archive, members, manifest)
    except _Refused as refused:
        findings = [refused.finding]
    except _UNREADABLE:
        findings = [Finding("not_a_readable_archive")]
    return Report(
        sound=not findings,
        trusted=key is not None,
        key=str(manifest.get("public_key", "")),
        files=len(manifest.get("files", ())),
        rows=manifest["rows"] if isinstance(manifest.get("rows"), int) else 0,
        made=str(manifest.get("made", "")),
        findings=tuple(findings),
    )


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """What the directory names, by name. Raises on the first that has no business in a package."""
    infos = archive.infolist()
    if len(infos) > _FILES:
        raise _Refused("too_many_files")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.orig_filename
        if name in members:
            raise _Refused("doubled_file", _shown(name))
        _check_member(info, name)
        members[name] = info
    if sum(info.compress_size for info in infos) > size:
        raise _Refused("files_inside_each_other")
    _check_apart(infos)
    return members


def _check_member(info: zipfile.ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not _NAME.fullmatch(name) or info.filename != name:
        raise _Refused("unfit_name", _shown(name))
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS or kind not in {0, stat.S_IFREG}:
        raise _Refused("unfit_file", name)


def _check_apart(infos: list[zipfile.ZipInfo]) -> None:
    """Files that share bytes are how a small archive unpacks into a huge one."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise _Refused("files_inside_each_other", info.filename)
        end = info.header_offset + info.compress_size


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], key: str | None) -> dict[str, Any]:
    """The manifest, once its signature is known to be right."""
    for name, limit in ((MANIFEST, _MANIFEST_BYTES), (SIGNATURE, _SIGNATURE_BYTES)):
        if name not in members:
            raise _Refused("missing_file", name)
        if members[name].file_size > limit:
            raise _Refused("too_large", name)
    signed = _read(archive, members[MANIFEST], _MANIFEST_BYTES)
    signature = _read(archive, members[SIGNATURE], _SIGNATURE_BYTES)
    manifest = json.loads(signed)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
        raise _Refused("unfit_manifest", MANIFEST)
    if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        raise _Refused("other_format", MANIFEST)
    if key is not None and str(manifest.get("public_key", "")).lower() != key.lower():
        raise _Refused("other_key", MANIFEST)
    _check_signature(str(manifest.get("public_key", "")), signed, signature)
    return manifest


def _check_signature(key: str, signed: bytes, signature: bytes) -> None:
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature.decode("ascii").strip()), signed)
    except (InvalidSignature, ValueError):
        raise _Refused("signature_wrong", SIGNATURE) from None


def _files(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], manifest: dict[str, Any]) -> list[Finding]:
    findings: list[Finding] = []
    named: set[str] = {MANIFEST, SIGNATURE}
    total = 0
    for entry in manifest["files"]:
        name, size, digest = _entry(entry)
        total += size
        if name in named or total > _TOTAL_BYTES:
            raise _Refused("unfit_manifest", MANIFEST)
        named.add(name)
        if name not in members:
            findings.append(Finding("missing_file", name))
        elif problem := _check_content(archive, members[name], size, digest):
            findings.append(Finding(problem, name))
    return findings + [Finding("extra_file", name) for name in members if name not in named]


def _entry(entry: object) -> tuple[str, int, str]:
    if not isinstance(entry, dict):
        raise _Refused("unfit_manifest", MANIFEST)
    name, size, digest = entry.get("file"), entry.get("bytes"), entry.get("sha256")
    if not isinstance(name, str) or not isinstance(size, int) or not isinstance(digest, str) or size < 0:
        raise _Refused("unfit_manifest", MANIFEST)
    return name, size, digest


def _check_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int, digest: str) -> str:
    """What is wrong with the file's content; empty if nothing. Stops as soon as there is more than there should be."""
    if info.file_size != size:
        return "other_size"
    found, left = hashlib.sha256(), size
    try:
        with archive.open(info) as file:
            while block := file.read(min(_BLOCK, left + 1)):
                left -= len(block)
                if left < 0:
                    return "other_size"
                found.update(block)
    except _UNREADABLE:
        return "damaged"
    return "" if left == 0 and found.hexdigest() == digest.lower() else "other_content"


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(info) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _Refused("too_large", info.filename)
    return data


def _shown(name: str) -> str:
    """A stranger's name, fit for a terminal."""
    return ascii(name[:80])


def told(report: Report) -> str:
    """For people."""
    if not report.sound:
        return "\n".join(["NOT SOUND", *(f"  {each.problem} {each.file}".rstrip() for each in report.findings)])
    trust = (
        "signed by the key that you gave"
        if report.trusted
        else f"signed by the key {report.key}: compare it with the one that your provider publishes"
    )
    return f"sound: {report.files} files, {report.rows} rows, made {report.made}; {trust}"


def main(arguments: list[str] | None = None) -> int:
    """0: sound; 1: not."""
    parser = argparse.ArgumentParser(description="Check a package that a Ringfence server has made.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="the public key of its maker, 64 hex digits")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    chosen = parser.parse_args(arguments)
    report = verify(chosen.file, chosen.key)
    sys.stdout.write((json.dumps(asdict(report), indent=2) if chosen.format == "json" else told(report)) + "\n")
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
