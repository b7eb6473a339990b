"""Looking at bytes: every file below a folder, a needle in each spelling, and a stretch of a file as people read it.

This is the demo's own look, made without the server's scan, so that the two can disagree.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final
from urllib.parse import quote

__all__ = ["Find", "hexdump", "search", "spellings"]

_SHORTEST: Final = 6  # bytes; a shorter needle is found by accident


@final
@dataclass(frozen=True, slots=True)
class Find:
    """A needle that was found."""

    name: str
    file: Path
    offset: int


def spellings(text: str) -> set[bytes]:
    """The ways in which a program could have written a text down: plain, wide, hexadecimal, base64, percent-encoded.

    Base64 depends on where the text begins in a group of three bytes: each of the three alignments, without the
    characters that mix with the neighbours.
    """
    plain = text.encode()
    found = {plain, text.lower().encode(), text.upper().encode(), quote(text, safe="").encode()}
    found |= {text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode(), plain.hex().upper().encode()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        inner = coded[-(-shift * 4 // 3) : len(coded) - (4 if (len(plain) + shift) % 3 else 0)]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return {spelling for spelling in found if len(spelling) >= _SHORTEST}


def search(folder: Path, needles: Iterable[tuple[str, str]]) -> list[Find]:
    """Where any of the named needles stands in any file below `folder`; each file once for each name."""
    wanted = [(name, spellings(text)) for name, text in needles]
    return [
        Find(name, file, offset)
        for file in _files(folder)
        for content in [file.read_bytes()]
        for name, ways in wanted
        if (offset := max(content.find(way) for way in ways)) >= 0
    ]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())


def hexdump(content: bytes, offset: int = 0, lines: int = 6) -> str:
    """Sixteen bytes a line from the line that holds `offset`, with their addresses and printable characters."""
    start = offset - offset % 16
    rows = (content[at : at + 16] for at in range(start, min(len(content), start + 16 * lines), 16))
    return "\n".join(f"{start + 16 * i:08x}  {_hex(row)}  {_printable(row)}" for i, row in enumerate(rows))


def _hex(row: bytes) -> str:
    return f"{row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}"


def _printable(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
