"""Why a request may be refused, and on what a purpose stands.

The grounds of Art. 6 are no exceptions: a refusal cites an exception, and the ground comes in addition.
"""

from typing import ClassVar, Literal

from ringfence.privacy.law.rule import EVERYWHERE, Rule

__all__ = ["Exception_", "Ground", "RequestKind"]

RequestKind = Literal[
    "access",
    "portability",
    "rectification",
    "restriction",
    "lift_restriction",
    "objection",
    "erasure",
    "withdrawal",
    "complaint",
    "recipients",
]


class Exception_(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):  # noqa: N801 - `Exception` is taken
    """An exception in law. `kinds` are the requests it may refuse; national ones hold in their `country` only.

    `needs` names what the refusal must say beyond its reasons: the statute, the weighing of interests, the proof.
    `unproven`: it holds only as long as nothing shows who asks; nobody who has shown it "can't be identified".
    """

    table: ClassVar[str] = "exceptions"

    name: str
    title: str
    kinds: tuple[RequestKind, ...]
    needs: tuple[str, ...]
    unproven: bool = False

    @property
    def key(self) -> str:
        return self.name

    def may_refuse(self, kind: str, country: str | None = None, *, proven: bool = False) -> bool:
        """`proven`: whether it is settled who asks."""
        return kind in self.kinds and self.country in {EVERYWHERE, country} and not (proven and self.unproven)


class Ground(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lawful basis of GDPR Art. 6(1)."""

    table: ClassVar[str] = "grounds"

    name: str
    title: str

    @property
    def key(self) -> str:
        return self.name
