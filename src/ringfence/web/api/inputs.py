"""What people and providers' systems send besides enrolling, as OpenAPI shows it; limits are those of the rooms."""

import datetime as dt
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from ringfence.privacy.requests import Kind
from ringfence.web.api.bodies import written

__all__ = [
    "ASKED",
    "AddressBody",
    "AnswerBody",
    "ConsentBody",
    "InvoiceBody",
    "NameBody",
    "RefusalBody",
    "RequestBody",
    "TransmissionBody",
]


def _whole(text: str) -> str:
    """Half a character, as JSON can escape one, can't be kept; a NUL is nothing that anybody could have typed."""
    if "\0" in text:
        raise ValueError
    text.encode()  # UnicodeEncodeError is a ValueError
    return text


Words = Annotated[str, AfterValidator(_whole)]
"""Text that somebody typed."""
Id = Annotated[str, StringConstraints(pattern="^[a-z2-7]{26}$")]
Tongue = Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
_MOST_DETAILS: Final = 32


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)


class AddressBody(_In):
    """Where the person wants to be written to."""

    address: Words = Field(min_length=3, max_length=254, description="A mail address.")


class NameBody(_In):
    """What the person calls their phone."""

    name: Words = Field(min_length=1, max_length=100)


class RefusalBody(_In):
    """A no, and the words that it was said to."""

    version: str = Field(pattern="^[0-9a-f]{64}$", description="`version` of the words that were shown.")
    language: Tongue = Field(default="en", description="In which they were shown.")


class ConsentBody(RefusalBody):
    """A yes, and the words that it was said to."""

    old_enough: bool = Field(default=False, description="The person just said that they have reached `age`.")


class RequestBody(_In):
    """What the person asks for."""

    kind: Annotated[Kind, Field(strict=False)]
    text: Words = Field(default="", max_length=20_000, description="In their own words.")
    details: dict[
        Annotated[Words, StringConstraints(max_length=320)], Annotated[Words, StringConstraints(max_length=2_000)]
    ] = Field(
        default_factory=dict, max_length=_MOST_DETAILS, description="What is to be done; keys as the portal's forms."
    )
    language: Tongue = Field(default="en", description="In which the answer is written.")


class AnswerBody(_In):
    """What the person meant, since they were asked."""

    text: Words = Field(min_length=1, max_length=20_000)


class TransmissionBody(_In):
    """Where a portable copy should go. Nothing goes before it is confirmed."""

    package: Id
    url: Words = Field(max_length=2_000, description="HTTPS; at a public address.")
    token: Annotated[SecretStr, AfterValidator(written)] = Field(
        default=SecretStr(""), max_length=4_096, description="The bearer token that the other controller gave."
    )


class InvoiceBody(_In):
    """One invoice; `customer` or `sip` leads to whom it is about. Amounts in cents."""

    number: Words = Field(min_length=1, max_length=64)
    issued: Annotated[dt.date, Field(strict=False)]
    name: Words = Field(min_length=1, max_length=200)
    what: Words = Field(min_length=1, max_length=500)
    net: int
    tax: int
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    customer: Words = Field(default="", max_length=64)
    sip: Words = Field(default="", max_length=255)
    payment: Words = Field(default="", max_length=200)


ASKED: Final[tuple[type[BaseModel], ...]] = (
    AddressBody,
    AnswerBody,
    ConsentBody,
    InvoiceBody,
    NameBody,
    RequestBody,
    TransmissionBody,
)
