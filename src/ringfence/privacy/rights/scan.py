"""The scan: reads media byte by byte and says where a needle lies.

Files are read in overlapping windows; compressed streams (gzip, zlib) are unpacked and read too, as far as they lie in
one window. A scan only reads, and blocks: it runs in a thread or a child process, never on the event loop.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from ringfence.privacy.rights.needle import Needle, NeedleKind

__all__ = ["Finding", "Medium", "Scan", "scan", "scan_bytes"]

_WINDOW: Final = 4 * 1024 * 1024  # bytes read at once
_OVERLAP: Final = 64 * 1024  # more than the longest needle, so that none is missed at a border
_UNPACKED: Final = 8 * 1024 * 1024  # bytes that one stream may unpack to; a log or an export, not a bomb
_PIECE: Final = 4096  # bytes unpacked at once, so that a damaged end does not lose the beginning
_STREAM: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")  # gzip (RFC 1952), zlib (RFC 1950)
_DEPTH: Final = 2  # a compressed export inside a compressed backup


@final
@dataclass(frozen=True, slots=True)
class Medium:
    """Something to read: a file, a folder with all files below, or what can't be read and why."""

    name: str
    paths: tuple[Path, ...] = ()
    unread: str = ""

    def files(self) -> Iterator[Path]:
        for path in self.paths:
            if path.is_dir():
                yield from sorted(child for child in path.rglob("*") if child.is_file())
            elif path.exists():
                yield path


@final
@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A needle was found: which column, in which medium and file, how it lay there."""

    medium: str
    file: str
    column: str
    kind: NeedleKind
    offset: int
    unpacked: bool = False


@final
@dataclass(slots=True)
class Scan:
    """What was read and found. `read` gives files and bytes by medium; `unread` what could not be, and why."""

    findings: list[Finding] = field(default_factory=list)
    read: dict[str, tuple[int, int]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def columns(self, *kinds: NeedleKind) -> set[str]:
        """The columns of which something was found."""
        return {finding.column for finding in self.findings if not kinds or finding.kind in kinds}


def scan(media: Iterable[Medium], needles: Sequence[Needle]) -> Scan:
    """Reads all media. A file that vanishes or can't be opened is named among the unread, never passed over."""
    result = Scan()
    for medium in media:
        if medium.unread:
            result.unread[medium.name] = medium.unread
            continue
        files = size = 0
        for path in medium.files():
            try:
                size += _scan_file(medium.name, path, needles, result.findings)
                files += 1
            except OSError as error:
                result.unread[f"{medium.name}/{path.name}"] = type(error).__name__
        result.read[medium.name] = (files, size)
    result.findings = sorted(set(result.findings))
    return result


def scan_bytes(medium: str, name: str, content: bytes, needles: Sequence[Needle]) -> list[Finding]:
    """For what is no file: the rows of a remote database, a process's own buffers."""
    found: list[Finding] = []
    _scan_window(medium, name, content, 0, needles, found)
    return sorted(set(found))


def _scan_file(medium: str, path: Path, needles: Sequence[Needle], findings: list[Finding]) -> int:
    _scan_window(medium, path.name, path.name.encode(), 0, needles, findings)  # a name can betray as well as a content
    start, carried = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_WINDOW):
            window = carried + chunk
            _scan_window(medium, path.name, window, start - len(carried), needles, findings)
            start += len(chunk)
            carried = window[-_OVERLAP:]
    return start


def _scan_window(
    medium: str, name: str, window: bytes, base: int, needles: Sequence[Needle], findings: list[Finding], depth: int = 0
) -> None:
    lowered = window.lower()  # so that any mixture of cases is found by the lower-case spelling
    for needle in needles:
        offset = _first(needle, window, lowered)
        if offset >= 0:
            findings.append(Finding(medium, name, needle.column, needle.kind, base + offset, depth > 0))
    if depth < _DEPTH:
        for match in _STREAM.finditer(window):
            content = _unpack(window, match.start())
            if content:
                _scan_window(medium, name, content, base + match.start(), needles, findings, depth + 1)


def _first(needle: Needle, window: bytes, lowered: bytes) -> int:
    """A clear needle's lower-case patterns are found in any case; random bytes only as they are."""
    for pattern in needle.patterns:
        any_case = needle.kind is NeedleKind.CLEAR and pattern == pattern.lower()
        offset = (lowered if any_case else window).find(pattern)
        if offset >= 0:
            return offset
    return -1


def _unpack(window: bytes, start: int) -> bytes:
    """What a compressed stream holds, as far as it goes; empty if it is none (two bytes look like one by chance)."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its header
    content = bytearray()
    for at in range(start, len(window), _PIECE):
        try:
            content += unpacker.decompress(window[at : at + _PIECE], _UNPACKED)
        except zlib.error:
            break
        if unpacker.eof or len(content) >= _UNPACKED:
            break
    return bytes(content)
