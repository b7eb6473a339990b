"""Looking for values that nobody may have written down, in whichever way a program could have written them.

Made apart from the server's own scan and from the demo's, so that no two of them share a blind spot.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

__all__ = ["Sighting", "encodings", "files_below", "look"]

_SHORTEST = 6  # bytes; a shorter stretch is found by accident


@dataclass(frozen=True, slots=True)
class Sighting:
    """A canary that was found."""

    name: str
    encoding: str
    place: str


def encodings(value: bytes) -> dict[str, bytes]:
    """Each way of writing `value` that is looked for, by its name."""
    text = value.decode("utf-8", "surrogateescape")
    ways = {
        "clear": value,
        "upper case": value.upper(),
        "lower case": value.lower(),
        "utf-16 little-endian": text.encode("utf-16-le", "surrogatepass"),
        "utf-16 big-endian": text.encode("utf-16-be", "surrogatepass"),
        "hex": value.hex().encode(),
        "upper hex": value.hex().upper().encode(),
        "reversed": value[::-1],
        "percent": quote(value, safe="").encode(),
    }
    for shift in range(3):
        inside = _base64(value, shift)
        ways[f"base64 at {shift}"] = inside
        ways[f"base64url at {shift}"] = inside.translate(bytes.maketrans(b"+/", b"-_"))
    return {name: way for name, way in ways.items() if len(way) >= _SHORTEST}


def look(places: Iterable[tuple[str, bytes]], canaries: Mapping[str, bytes]) -> set[Sighting]:
    """Every canary in every place, by each encoding that shows it."""
    wanted = {name: encodings(value) for name, value in canaries.items()}
    return {
        Sighting(name, encoding, place)
        for place, content in places
        for name, ways in wanted.items()
        for encoding, way in ways.items()
        if way in content
    }


def files_below(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file, sockets and the like left out."""
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink():
                yield str(file.relative_to(folder.parent)), file.read_bytes()


def _base64(value: bytes, shift: int) -> bytes:
    """The characters that depend on `value` alone, where it begins `shift` bytes into a group of three."""
    first = (shift * 8 + 5) // 6
    return base64.b64encode(b"\0" * shift + value)[first : (shift + len(value)) * 8 // 6]
