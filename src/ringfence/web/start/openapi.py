"""The API's schema as a reader needs it: one entry for each operation, without a viewer from somewhere else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

__all__ = ["Field", "Operation", "operations"]

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_DEPTH: Final = 6  # references followed; a schema that refers to itself ends here

Node = Mapping[str, object]


@final
@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body; nested fields are named with dots."""

    name: str
    kind: str
    required: bool
    text: str


@final
@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    summary: str
    text: str
    parameters: Sequence[Field]
    body: Sequence[Field]
    answers: Sequence[tuple[str, str]]
    """Status codes and what each means."""

    @property
    def anchor(self) -> str:
        """An id for links inside the page."""
        return f"{self.method.lower()}{self.path}".replace("/", "-").replace("{", "").replace("}", "")


def operations(schema: Node) -> list[Operation]:
    """Every operation of an OpenAPI 3 document, in its order. Unknown parts of the document are passed over."""
    return [
        _operation(schema, method, path, _node(item.get(method)))
        for path, item in _items(schema.get("paths"))
        for method in _METHODS
        if method in item
    ]


def _operation(schema: Node, method: str, path: str, found: Node) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=_text(found.get("summary")),
        text=_text(found.get("description")),
        parameters=[_parameter(schema, _resolved(schema, entry)) for entry in _list(found.get("parameters"))],
        body=list(_body(schema, _resolved(schema, _node(found.get("requestBody"))))),
        answers=[
            (status, _text(_resolved(schema, answer).get("description")))
            for status, answer in _items(found.get("responses"))
        ],
    )


def _parameter(schema: Node, found: Node) -> Field:
    kind = _kind(schema, _node(found.get("schema")))
    return Field(_text(found.get("name")), kind, bool(found.get("required")), _text(found.get("description")))


def _body(schema: Node, found: Node) -> Iterator[Field]:
    for _, content in _items(found.get("content")):
        yield from _fields(schema, _node(content.get("schema")), "", _DEPTH)
        return


def _fields(schema: Node, found: Node, prefix: str, depth: int) -> Iterator[Field]:
    found = _resolved(schema, found)
    required = found.get("required")
    for name, value in _items(found.get("properties")):
        must = isinstance(required, list) and name in required
        inner = _resolved(schema, value)
        yield Field(
            prefix + name, _kind(schema, value), must, _text(value.get("description") or inner.get("description"))
        )
        if depth:
            yield from _fields(schema, inner, f"{prefix}{name}.", depth - 1)


def _kind(schema: Node, found: Node) -> str:
    """A type in a word or two."""
    found = _resolved(schema, found)
    if choices := _list(found.get("anyOf")) or _list(found.get("oneOf")):
        return " | ".join(dict.fromkeys(_kind(schema, choice) for choice in choices))
    if isinstance(values := found.get("enum"), list):
        return " | ".join(str(value) for value in values)
    if "const" in found:
        return str(found["const"])
    kind = _text(found.get("type")) or "any"
    if kind == "array":
        return f"{_kind(schema, _node(found.get('items')))}[]"
    shape = _text(found.get("format"))
    return f"{kind} ({shape})" if shape else kind


def _resolved(schema: Node, found: Node) -> Node:
    """What a `$ref` inside the document points to; itself where there is none."""
    for _ in range(_DEPTH):
        reference = found.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        target: object = schema
        for name in reference[2:].split("/"):
            target = _node(target).get(name)
        found = _node(target)
    return found


def _node(value: object) -> Node:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> list[tuple[str, Node]]:
    return [(str(name), _node(entry)) for name, entry in _node(value).items()]


def _list(value: object) -> list[Node]:
    return [_node(entry) for entry in value] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
