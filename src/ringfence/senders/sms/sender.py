"""Posts one text to one number."""

from collections.abc import Mapping
from typing import Protocol, final
from urllib.parse import urlencode

import msgspec
import phonenumbers

from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.egress import Concerned, EgressResponse
from ringfence.senders.sms.errors import SmsNotSent, SmsTemplateUnusable
from ringfence.senders.sms.settings import SmsForm, SmsSettings
from ringfence.services.signin import PIN_BY_SMS

__all__ = ["Client", "SmsSender"]

_TYPES = {SmsForm.JSON: "application/json", SmsForm.FORM: "application/x-www-form-urlencoded"}


class Client(Protocol):
    """The part of `EgressClient` that we use."""

    async def post(
        self,
        flow: Flow,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        concerned: Concerned | None = None,
    ) -> EgressResponse:
        """Raises TransferBlocked, Unreachable or AnswerTooLarge."""
        ...


@final
class SmsSender:
    """Port `PinSender` of `services.signin`, for one gateway."""

    def __init__(self, settings: SmsSettings, client: Client) -> None:
        """Raises SmsTemplateUnusable."""
        self._settings = settings
        self._client = client
        self._template = _template(settings)

    async def send(self, provider: ProviderId, subject: SubjectId, number: str, text: str) -> None:
        """Raises SmsNotSent, or what the client raises."""
        body = _filled(self._template, self._written(number), text)
        response = await self._client.post(
            PIN_BY_SMS,
            self._settings.url,
            headers={**self._settings.headers, "content-type": _TYPES[self._settings.form]},
            content=_encoded(body, self._settings.form),
            concerned=Concerned(provider, subject),
        )
        if not 200 <= response.status < 300:
            raise SmsNotSent(status=response.status)

    def _written(self, number: str) -> str:
        try:
            parsed = phonenumbers.parse(number, self._settings.country or None)
        except phonenumbers.NumberParseException:
            raise SmsNotSent(status=0) from None
        if not phonenumbers.is_possible_number(parsed):
            raise SmsNotSent(status=0)
        whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        return whole if self._settings.plus else whole.removeprefix("+")


def _template(settings: SmsSettings) -> dict[str, object]:
    try:
        parsed = msgspec.json.decode(settings.template, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeError):
        raise SmsTemplateUnusable(problem="not_an_object") from None
    places = {"{number}", "{text}"}
    seen = {place for text in _strings(parsed) for place in places if place in text}
    if seen != places:
        raise SmsTemplateUnusable(problem="place_missing")
    if settings.form is SmsForm.FORM and not all(isinstance(value, str) for value in parsed.values()):
        raise SmsTemplateUnusable(problem="form_of_strings")
    return parsed


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for each in inner for text in _strings(each)]


def _filled(value: object, number: str, text: str) -> object:
    """The template with its places filled. The text comes last, so nothing in it is read as template, or as JSON."""
    if isinstance(value, str):
        return value.replace("{number}", number).replace("{text}", text)
    if isinstance(value, dict):
        return {key: _filled(each, number, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, number, text) for each in value]
    return value


def _encoded(body: object, form: SmsForm) -> bytes:
    if form is SmsForm.JSON:
        return msgspec.json.encode(body)
    assert isinstance(body, dict)  # noqa: S101 - `_template` has checked it
    return urlencode(body).encode("ascii")
