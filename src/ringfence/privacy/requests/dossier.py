"""The dossier of a request: everything that shows how it was treated, ready for an authority."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, final

from ringfence.identifiers import CaseId, ProviderId
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.records import CaseLetter, CaseStep, Mandate

__all__ = ["Dossier", "dossier_of"]

_FORMAT: Final = "ringfence-dossier/1"
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
    "border-bottom:1px solid #d0d7de}pre{white-space:pre-wrap}@media print{body{margin:0}}"
)


@final
@dataclass(frozen=True, slots=True)
class Dossier:
    """One document in two forms; both say the same. It holds what the person said: it leaves by an officer's hand."""

    json: bytes
    html: bytes


async def dossier_of(desk: Desk, provider: ProviderId, case: CaseId) -> Dossier:
    """Raises UnknownCase. Copies of documents are in no dossier: they went with the decision."""
    async with desk.db.reading() as unit:
        file = await CaseFile.open(unit, desk, provider, case)
        letters = await unit.select(CaseLetter, case=case, order="number")
        mandate = await file.mandate()
        entries = await unit.select(
            LedgerEntry, provider=provider, number=[step.entry for step in file.steps], order="number"
        )
    facts = _facts(file, letters, mandate, entries, desk.clock.time())
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True)
    return Dossier(text.encode(), _page(facts).encode())


def _facts(
    file: CaseFile, letters: Sequence[CaseLetter], mandate: Mandate | None, entries: Sequence[LedgerEntry], now: float
) -> dict[str, Any]:
    case, clocks = file.case, file.clocks
    return {
        "format": _FORMAT,
        "made": _instant(now),
        "request": {
            "id": case.id,
            "provider": case.provider,
            "kind": case.right.value,
            "state": case.state.value,
            "outcome": case.outcome and case.outcome.value,
            "channel": case.channel.value,
            "relation": case.relation.value,
            "proof": case.proof.value,
            "mark": case.mark and case.mark.value,
            "fee_cents": case.fee,
            "asked_again": case.repeats,
            "follows": case.follows,
            "name": case.name,
            "contact": case.contact,
            "language": case.language,
            "text": case.text,
            "details": case.details,
            "exception": case.exception,
            "ground": case.ground,
            "reasons": case.reasons,
        },
        "clocks": {
            "received": clocks.received.isoformat(),
            "answer_leaves_by": clocks.send_by.isoformat(),
            "promised": clocks.promised.isoformat(),
            "legal": clocks.legal.isoformat(),
            "extended": clocks.extended,
        },
        "mandate": None if mandate is None else _mandate(mandate),
        "history": [_step(step) for step in file.steps],
        "letters": [_letter(letter) for letter in letters],
        "ledger": [{"number": entry.number, "hash": entry.hash.hex(), "entry": _body(entry)} for entry in entries],
    }


def _mandate(mandate: Mandate) -> dict[str, Any]:
    return {
        "relation": mandate.relation.value,
        "paper_seen": mandate.seen,
        "paper": mandate.paper,
        "name": mandate.name,
        "contact": mandate.contact,
    }


def _step(step: CaseStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "at": _instant(step.at),
        "event": step.event.value,
        "state": step.state.value,
        "who": step.who.value,
        "staff": step.staff,
        "codes": step.codes,
        "text": step.text,
        "ledger_entry": step.entry,
    }


def _letter(letter: CaseLetter) -> dict[str, Any]:
    return {
        "about": letter.about.value,
        "by": letter.delivery.value,
        "sent": _instant(letter.at) if letter.sent else None,
        "title": letter.title,
        "text": letter.text,
    }


def _body(entry: LedgerEntry) -> object:
    return json.loads(entry.body)


def _instant(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def _page(facts: Mapping[str, Any]) -> str:
    """The same as HTML: no script, no link, every word of a stranger escaped."""
    title = f"Request {facts['request']['id']}"
    sections = "".join(
        f"<h2>{escape(name.capitalize())}</h2>{_value(facts[name])}"
        for name in ("request", "clocks", "mandate", "history", "letters", "ledger")
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(facts['made'])}</p>{sections}"
        "</body></html>"
    )


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        rows = (f"<tr><th>{escape(str(name))}</th><td>{_value(each)}</td></tr>" for name, each in value.items())
        return f"<table>{''.join(rows)}</table>"
    if isinstance(value, list | tuple):
        return f"<ol>{''.join(f'<li>{_value(each)}</li>' for each in value)}</ol>"
    return f"<pre>{escape('—' if value is None else str(value))}</pre>"
