"""Declarations that can't stand; raised while a module is imported, so that the process does not start."""

from ringfence.errors import OurFault

__all__ = [
    "DeclarationFault",
    "MissingDefault",
    "NumberTaken",
    "OpenType",
    "TableTaken",
    "TagTaken",
    "UndeclaredColumn",
    "UnknownFlag",
    "UnknownPart",
    "UnsealableType",
    "WrongHolder",
]


class DeclarationFault(OurFault):
    """Root of all; the facts name table and column."""

    code = "declaration"


class UndeclaredColumn(DeclarationFault):
    """A field or column that no `personal()` or `technical()` speaks for."""

    code = "undeclared_column"


class OpenType(DeclarationFault):
    """A technical field whose type could hold anything, and no `reviewed` reason why it holds nothing personal."""

    code = "open_type"


class UnsealableType(DeclarationFault):
    """A personal field of a type that can't be packed (see msgspec's list of types)."""

    code = "unsealable_type"


class WrongHolder(DeclarationFault):
    """A personal field on a table that belongs to no person."""

    code = "wrong_holder"


class TagTaken(DeclarationFault):
    """Two personal fields of a record share a tag."""

    code = "tag_taken"


class NumberTaken(DeclarationFault):
    """Two tables share a number, or the number is not positive."""

    code = "number_taken"


class TableTaken(DeclarationFault):
    """Two records, or two flows, share a name."""

    code = "table_taken"


class UnknownPart(DeclarationFault):
    """A part that is not listed in `parts`, or that lacks its own `SubjectId | None` field of the same name."""

    code = "unknown_part"


class UnknownFlag(DeclarationFault):
    """What should withhold a field is no personal boolean of the same part."""

    code = "unknown_flag"


class MissingDefault(DeclarationFault):
    """A field that must be readable after one of two persons has gone, and has no default to show then."""

    code = "missing_default"
