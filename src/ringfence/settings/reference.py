"""docs/settings.md, made from the types that read the file."""

import inspect
from typing import Any, get_args, get_origin

import msgspec

from ringfence.settings.file import Settings

__all__ = ["reference"]

_HEAD = """# Settings

One TOML file, handed over as `--config FILE`; paths in it are relative to the file's folder. Unknown keys are refused.
"""


def reference() -> str:
    """Every setting with its unit, default and reason, in Markdown."""
    return _HEAD + "".join(_section(Settings, ""))


def _section(table: type[msgspec.Struct], path: str) -> list[str]:
    own: list[str] = []
    nested: list[str] = []
    for field in msgspec.structs.fields(table):
        inner = _table_in(field.type)
        if inner is None:
            own.append(_row(field))
        else:
            nested += _section(inner, _heading(path, field))
    if not path:
        return nested
    head = f"\n## `{path}`\n\n{inspect.cleandoc(table.__doc__ or '')}\n\n"
    return [head, "| key | default | meaning |\n|---|---|---|\n", *own, *nested]


def _heading(path: str, field: msgspec.structs.FieldInfo) -> str:
    bare = path.strip("[]")
    name = f"{bare}.{field.encode_name}" if bare else field.encode_name
    kind = get_origin(_plain(field.type))
    return f"[[{name}]]" if kind is list else f"[{name}.NAME]" if kind is dict else f"[{name}]"


def _row(field: msgspec.structs.FieldInfo) -> str:
    metas = [each for each in get_args(field.type)[1:] if isinstance(each, msgspec.Meta)]
    text = "; ".join(meta.description for meta in metas if meta.description)
    bounds = ", ".join(
        f"{word} {value}" for meta in metas for word, value in (("from", meta.ge), ("to", meta.le)) if value is not None
    )
    example = next((f" (such as `{meta.examples[0]}`)" for meta in metas if meta.examples), "")
    return f"| `{field.encode_name}` | {_default(field)} | {text}{example}{f' [{bounds}]' if bounds else ''} |\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default_factory is not msgspec.NODEFAULT:
        made = field.default_factory()
        return f"`{', '.join(made)}`" if made else "empty"
    if field.default is msgspec.NODEFAULT:
        return "**needed**"
    return f"`{field.default}`" if field.default not in ("", [], {}) else "empty"


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def _table_in(kind: Any) -> type[msgspec.Struct] | None:
    """The table that a key holds, alone, in a list or by name; None for a plain value."""
    plain = _plain(kind)
    if inspect.isclass(plain) and issubclass(plain, msgspec.Struct):
        return plain
    return next((inner for each in get_args(plain) if (inner := _table_in(each))), None)
