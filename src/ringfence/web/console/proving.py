"""How somebody was identified for whom the staff begin a request: said with its first step, and on record with it.

A person who is found by an identifier has not asked by that alone. What the staff begin on a letter or a call says by
which proof it is theirs (Art. 12(6) GDPR): a call-back, papers that were seen, or what the provider knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

from ringfence.identifiers import CaseId, SubjectId
from ringfence.privacy.requests import (
    By,
    Document,
    HandIn,
    Identify,
    Proof,
    Refer,
    RequestFault,
    Settle,
    State,
    Step,
)
from ringfence.services.staff import Actor
from ringfence.web.console.ports import Cases, Rules
from ringfence.web.look import Form

__all__ = ["BY_STAFF", "Shown", "prove", "read_shown"]

BY_STAFF: Final = (Proof.CALL_BACK, Proof.DOCUMENTS, Proof.PROVIDER)
"""Proofs that a member of staff can vouch for; the others are acts of the person."""
_REASON: Final = 5_000


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """What showed who asks; `reason` only where the provider decided it."""

    proof: Proof
    documents: tuple[Document, ...] = ()
    reason: str = field(default="", repr=False)


def read_shown(form: Form, rules: Rules, actor: Actor) -> Shown:
    """Out of a form; what is missing is noted in it. Papers settle it only as many as the country asks for."""
    proof = Proof(form.choice("proof", list(BY_STAFF)) or Proof.CALL_BACK)
    kinds = rules.documents(actor.provider)
    seen = tuple(kind for kind in kinds if form.ticked(f"seen_{kind}"))
    if proof is Proof.DOCUMENTS and len(seen) < rules.documents_needed(actor.provider):
        form.errors["seen"] = "begin.too_few"
    reason = form.letter("proof_reason", most=_REASON, needed=proof is Proof.PROVIDER)
    return Shown(proof, seen if proof is Proof.DOCUMENTS else (), reason)


async def prove(cases: Cases, actor: Actor, case: CaseId, subject: SubjectId, shown: Shown) -> str:
    """Settles who asks, unless it is settled; the code of what stood against it, else empty.

    The request may be an older one that the new one joined, in a state that knows no such step: then it stays as it
    is, and the officer goes on from there.
    """
    summary = (await cases.case(actor.provider, case)).summary
    if summary.proof is not Proof.NONE:
        return ""
    try:
        for step in _steps(shown, subject, summary.state):
            await cases.step(actor.provider, case, step, By.member(actor.staff))
    except RequestFault as refusal:
        return refusal.code
    return ""


def _steps(shown: Shown, subject: SubjectId, state: State) -> Sequence[Step]:
    if shown.proof is Proof.PROVIDER:
        settle = Settle(shown.reason, subject)
        return [settle] if state is State.REFERRED else [Refer(shown.reason), settle]
    return [*(HandIn(document) for document in shown.documents), Identify(shown.proof, subject)]
