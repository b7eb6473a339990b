"""Contacts as vCards 4.0 (RFC 6350), from the fields of a record that declare themselves as a property of one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from ringfence.declarations import Card
from ringfence.privacy.packages.view import View

__all__ = ["card_fields", "cards"]

_LINE: Final = 75  # octets without the line break (RFC 6350 section 3.2)
_NUMBER: Final = re.compile(r"\+?[0-9][0-9().-]*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_URI: Final = "!#$&'()*+,/:;=?@[]~%"


def card_fields(view: View) -> dict[str, Card]:
    """Which field becomes which property; empty for what is no contact."""
    found = ((column.name, column.personal.card) for column in view.columns if column.personal)
    return {name: card for name, card in found if card is not None}


def cards(fields: dict[str, Card], rows: Iterable[dict[str, object]]) -> bytes:
    """One card a row."""
    return b"".join(_card(fields, row) for row in rows)


def _card(fields: dict[str, Card], row: dict[str, object]) -> bytes:
    properties = [(card, text) for name, card in fields.items() for text in _texts(row[name])]
    if all(card is not Card.FORMATTED_NAME for card, _ in properties):  # the one that every card must have
        properties.insert(0, (Card.FORMATTED_NAME, next((text for _, text in properties), "")))
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID;VALUE=text:{_escaped(str(row['id']))}"]
    lines += [_property(card, text) for card, text in properties]
    return b"".join(_folded(line) for line in (*lines, "END:VCARD"))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for each in value:
            yield from _texts(each)


def _property(card: Card, text: str) -> str:
    match card:
        case Card.PHONE:
            number = "".join(text.split()).removeprefix("tel:")
            return f"TEL;VALUE=uri:tel:{number}" if _NUMBER.fullmatch(number) else f"TEL;VALUE=text:{_escaped(text)}"
        case Card.SIP_ADDRESS:
            address = text if text.lower().startswith(("sip:", "sips:")) else f"sip:{text}"
            return f"IMPP:{quote(address, safe=_URI)}"
        case Card.PAGE:
            return f"URL:{quote(text, safe=_URI)}"
        case _:
            return f"{card.value}:{_escaped(text)}"


def _escaped(text: str) -> str:
    """A text value in which nothing ends the line or the value (RFC 6350 section 3.4)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        text = text.replace(plain, escaped)
    return _CONTROL.sub("", text)


def _folded(line: str) -> bytes:
    """In lines of at most 75 octets, never cut inside a character."""
    pieces, piece = [], b""
    for character in line:
        spelled = character.encode()
        if len(piece) + len(spelled) > _LINE:
            pieces.append(piece)
            piece = b" "
        piece += spelled
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
