"""How a provider's text message gateway wants to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import final

__all__ = ["SmsForm", "SmsSettings"]


class SmsForm(StrEnum):
    """What the body is."""

    JSON = "json"
    FORM = "form"


@final
@dataclass(frozen=True, slots=True)
class SmsSettings:
    """url: where to POST; it must lie at one of the recipient's origins.

    template: a JSON object whose strings hold `{number}` and `{text}`; as a form, its top level is the fields.
    headers: such as the gateway's key. country: how national numbers are read (ISO 3166-1 alpha-2).
    plus: whether the number bears its leading plus sign; some gateways want digits only.
    """

    url: str
    template: str = '{"to": "{number}", "text": "{text}"}'
    form: SmsForm = SmsForm.JSON
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    country: str = ""
    plus: bool = True
