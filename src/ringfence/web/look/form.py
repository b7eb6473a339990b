"""What a form sent: bounded, cleaned, and read field by field into values or into errors that help."""

import unicodedata
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, final

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from ringfence.errors import PeerFault

__all__ = ["BadForm", "Document", "Form", "FormLimits", "read_form"]

_LINES: Final = frozenset("\n\t")
_MAGIC: Final[Mapping[str, bytes]] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


class BadForm(PeerFault):
    """A body that is no form, or one larger than any form of ours."""

    code = "bad_form"
    http_status = 400


@final
@dataclass(frozen=True, slots=True)
class FormLimits:
    """What a stranger may send in one form.

    fields, files: how many at most.
    field_bytes: of one field; a letter of several pages has 20,000 characters.
    file_bytes: of one document; a photographed page has 1 to 3 MB.
    """

    fields: int = 40
    files: int = 0
    field_bytes: int = 32_768
    file_bytes: int = 3 * 1024 * 1024


@final
@dataclass(frozen=True, slots=True)
class Document:
    """A file that came with a form. `kind` is what its first bytes say, never what its sender says; it has no name."""

    kind: str
    content: bytes

    def __repr__(self) -> str:
        return f"Document({self.kind}, {len(self.content)} bytes)"


@final
class Form:
    """Reads fields; what is wrong with one is noted in `errors` under its name, as a key of the catalogue.

    `values` are shown again where a form comes back with errors, but for passwords, which are asked for anew.
    """

    __slots__ = ("_data", "_documents", "errors", "values")

    def __init__(self, data: Mapping[str, str], documents: Mapping[str, Document] | None = None) -> None:
        self._data = data
        self._documents = documents or {}
        self.values: dict[str, str] = {}
        self.errors: dict[str, str] = {}

    def text(self, name: str, *, most: int = 200, needed: bool = True) -> str:
        """One line. Control characters are dropped, spaces at the ends too."""
        return self._noted(name, " ".join(_cleaned(self._data.get(name, "")).split()), most, needed=needed)

    def letter(self, name: str, *, most: int = 5_000, needed: bool = True) -> str:
        """Several lines."""
        return self._noted(name, _cleaned(self._data.get(name, "")).strip(), most, needed=needed)

    def secret(self, name: str, *, most: int = 1_024) -> str:
        """A password or a PIN: taken as it is, and never shown again."""
        value = self._data.get(name, "")
        if not value:
            self.errors[name] = "error.field.missing"
        elif len(value) > most or _cleaned(value) != value:
            self.errors[name] = "error.field.unfit"
            return ""
        return value

    def hidden(self, name: str, *, most: int = 20_000) -> str:
        """What the page itself put into the form; empty where it was left out or grew."""
        value = self._data.get(name, "")
        return value if len(value) <= most and _cleaned(value) == value else ""

    def choice(self, name: str, among: Collection[str], *, needed: bool = True) -> str:
        """One of what the page offered, or empty."""
        value = self._data.get(name, "")
        if value in among:
            self.values[name] = value
            return value
        if needed or value:
            self.errors[name] = "error.field.choose"
        return ""

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        value = bool(self._data.get(name))
        self.values[name] = "yes" if value else ""
        return value

    def document(self, name: str) -> Document | None:
        """A file of a kind that we take (PDF, JPEG, PNG); None where none was chosen."""
        found = self._documents.get(name)
        if found is not None and not found.kind:
            self.errors[name] = "error.field.document"
            return None
        return found

    def __bool__(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.errors

    def _noted(self, name: str, value: str, most: int, *, needed: bool) -> str:
        self.values[name] = value[:most]
        if needed and not value:
            self.errors[name] = "error.field.missing"
        elif len(value) > most:
            self.errors[name] = "error.field.long"
        return value[:most]


async def read_form(request: Request, limits: FormLimits) -> Form:
    """Read the body as a form; a field that came twice counts once. Raises BadForm.

    In memory alone: a spooled file of a stranger's passport would lie on the disk in the clear.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            data = await _multipart(request, limits)
        elif kind == "application/x-www-form-urlencoded":
            data = await request.form(max_fields=limits.fields, max_part_size=limits.field_bytes)
        else:
            raise BadForm
    except (HTTPException, MultiPartException) as error:
        raise BadForm from error
    async with _closing(data):
        return await _form(data, limits)


async def _multipart(request: Request, limits: FormLimits) -> FormData:
    most = limits.fields * limits.field_bytes + limits.files * limits.file_bytes
    stream = _bounded(request, most)
    parser = MultiPartParser(
        request.headers,
        stream,
        max_files=limits.files,
        max_fields=limits.fields,
        max_part_size=limits.field_bytes,
    )
    parser.spool_max_size = most + 1  # never reached, so that nothing is written
    async with aclosing(stream):
        return await parser.parse()


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            size += len(chunk)
            if size > most:
                raise BadForm
            yield chunk


async def _form(data: FormData, limits: FormLimits) -> Form:
    fields: dict[str, str] = {}
    documents: dict[str, Document] = {}
    if len(data) > limits.fields + limits.files:
        raise BadForm
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read(limits.file_bytes + 1)
            if content:
                documents[name] = Document(_kind(content) if len(content) <= limits.file_bytes else "", content)
        elif len(value) > limits.field_bytes:
            raise BadForm
        else:
            fields[name] = value
    return Form(fields, documents)


def _kind(content: bytes) -> str:
    return next((kind for kind, magic in _MAGIC.items() if content.startswith(magic)), "")


def _cleaned(text: str) -> str:
    """Without what cannot be seen and could mislead: controls, direction overrides, halves of surrogate pairs.

    Line ends become line feeds. Joiners (ZWJ, ZWNJ), which several scripts need, stay.
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        each for each in plain if each in _LINES or unicodedata.category(each) not in _UNSEEN or each in _JOINERS
    )


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Cn"})
_JOINERS: Final = frozenset("\u200c\u200d")


@final
class _closing:  # noqa: N801 - used as a statement
    """Uploads are let go, whatever comes of the form."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        await self._data.close()
