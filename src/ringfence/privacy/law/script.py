"""In whose letters a name is written: who reads another script is told it in Latin letters."""

import unicodedata

__all__ = ["is_latin", "readable"]


def is_latin(text: str) -> bool:
    """Whether all its letters are Latin ones; digits and signs belong to every script, and "º" is an o."""
    plain = unicodedata.normalize("NFKD", text)
    return all("LATIN" in unicodedata.name(letter, "") for letter in plain if letter.isalpha())


def readable(own: str, latin: str, *, spoken: str, language: str) -> str:
    """`own` as it is written at home, where `spoken` is the language, or `latin` for readers of another script."""
    return own if language == spoken or is_latin(own) else latin
