"""What Ringfence says where it decides by rule, and no officer has written a reason."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources

__all__ = ["OwnReason", "own_reason"]


class OwnReason(StrEnum):
    """Keys of reasons.toml."""

    PROOF_NOT_GIVEN = "proof_not_given"
    NOT_DECIDED = "not_decided"


def own_reason(reason: OwnReason, language: str) -> str:
    """In that language, else in English."""
    texts = _texts()
    return texts.get(language, texts["en"])[reason.value]


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("reasons.toml").read_text("utf-8"))
