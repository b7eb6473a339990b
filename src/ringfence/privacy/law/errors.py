"""What can be wrong with the tables of the law, or with what is asked of them."""

from ringfence.errors import OperatorFault

__all__ = ["LawMisstated", "UnknownCountry", "UnknownRule"]


class LawMisstated(OperatorFault):
    """A table can't be used as it stands: an unknown key, a wrong type, overlapping intervals, a country left out.

    The facts name the table, the row (its place in the file, from 1, or the country) and the problem.
    """

    code = "law_misstated"


class UnknownCountry(OperatorFault):
    """The tables have nothing for that country, so neither clocks nor answers can be right there."""

    code = "unknown_country"


class UnknownRule(OperatorFault):
    """No rule or exception has that id."""

    code = "unknown_rule"
