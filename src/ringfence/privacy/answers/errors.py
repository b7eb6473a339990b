"""A letter that would lack something that the law wants in it is not written."""

from ringfence.errors import OurFault

__all__ = ["ExceptionUnfit", "LetterIncomplete"]


class LetterIncomplete(OurFault):
    """An item has nothing to say: a datum without entry in the data map, a text without words. The facts name both."""

    code = "letter_incomplete"


class ExceptionUnfit(OurFault):
    """The refusal cites what can't refuse such a request there: a ground of Art. 6, or another country's exception."""

    code = "letter_exception_unfit"
