"""The certificate of erasure: what was held and is gone, what was read to see that, and what is left, signed.

It names nobody: the person knows by the erasure's id which request it answers. Whoever has the public key can check it.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final, final

from ringfence.clock import day_of
from ringfence.privacy.ledger import Signer, verify_with
from ringfence.privacy.rights.records import ErasureRecord
from ringfence.privacy.rights.verdict import read_verdicts, told
from ringfence.privacy.statement import canonical

__all__ = ["Facts", "is_genuine", "write_certificate"]

_REMAINS: Final = (
    {"what": "tombstone", "names_person": False, "why": "so that no restored copy brings the person back",
     "law": "GDPR Art. 5(1)(f), Art. 32"},
    {"what": "ledger entries under a reference that leads to nobody", "names_person": False,
     "why": "so that the controller can show what was agreed and done", "law": "GDPR Art. 5(2), Art. 7(1)"},
    {"what": "what an order may forbid to name; this stands on every certificate", "names_person": True,
     "why": "so that an order can be obeyed", "law": "GDPR Art. 23"},
    {"what": "this certificate", "names_person": False, "why": "so that the erasure can be shown",
     "law": "GDPR Art. 5(2)"},
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate is made of. `examined` is the scan's account, empty if none was made."""

    record: ErasureRecord
    at: float
    copies_dead_by: float
    examined: dict[str, object] = field(default_factory=dict)


def write_certificate(facts: Facts, signer: Signer) -> tuple[bytes, str]:
    """The certificate, and its digest (64 hex digits) for the ledger."""
    content = {**_content(facts), "public_key": signer.public_key}
    signed = canonical(content)
    whole = {**content, "signature": signer.sign(signed).hex()}
    return canonical(whole), hashlib.sha256(canonical(whole)).hexdigest()


def is_genuine(certificate: bytes, public_key: str) -> bool:
    """Whether it is as it was signed, by the key that the installation publishes."""
    try:
        whole = json.loads(certificate)
        signature = bytes.fromhex(whole.pop("signature"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return whole.get("public_key") == public_key and verify_with(public_key, canonical(whole), signature)


def _content(facts: Facts) -> dict[str, Any]:
    record = facts.record
    verdicts = [
        {
            "table": each.table,
            "field": each.field,
            "category": each.category,
            "verdict": each.outcome.value,
            "rows": each.rows,
            **({"law": each.law, "until": each.until.isoformat() if each.until else None} if each.law else {}),
        }
        for each in told(read_verdicts(record.verdicts))
    ]
    return {
        "certificate": 1,
        "erasure": record.id,
        "provider": record.provider,
        "reason": record.reason.value,
        "requested": day_of(record.requested).isoformat(),
        "promised_by": day_of(record.promised).isoformat(),
        "completed": day_of(facts.at).isoformat(),
        "verdicts": verdicts,
        "services_that_did_not_answer_in_time": record.hindered,
        "tombstone": {"number": record.tombstone, "digest": record.tombstone_digest},
        "older_copies_unreadable_from": day_of(facts.copies_dead_by).isoformat(),
        "remains": list(_REMAINS),
        "examined": facts.examined,
    }
