"""Consent records and receipts with the fields of ISO/IEC TS 27560:2023, as JSON.

A record tells of one choice: who asked whom for what, in which words, and every act since. A receipt is a copy of the
record for the person, with an id of its own. What stands in it is derived from the data map, the provider's policy and
the tables of the law; names of fields are the standard's.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, final

from ringfence.declarations import REGISTRY, Keep, Registry
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.consent.choice import Choice
from ringfence.privacy.consent.errors import NotOffered
from ringfence.privacy.consent.ports import ConsentHistory
from ringfence.privacy.consent.records import ConsentEvent, EventKind
from ringfence.privacy.datamap import entries
from ringfence.privacy.egress import Recipient
from ringfence.privacy.law import Authority, Law
from ringfence.privacy.notices import ProviderPolicy

__all__ = ["SCHEMA", "Receipts"]

SCHEMA: Final = "ISO/IEC TS 27560:2023"
_CONTROLLER: Final = "controller"
_AUTHORITY: Final = "authority"
_PRINCIPAL: Final = "principal"
_RIGHTS: Final = tuple(f"eu-gdpr:{right}" for right in ("A7-3", "A15", "A16", "A17", "A18", "A20", "A77"))
_STATES: Final = {
    EventKind.GIVEN: "consent_given",
    EventKind.REFUSED: "consent_refused",
    EventKind.WITHDRAWN: "consent_withdrawn",
    EventKind.OPTED_OUT: "consent_withdrawn",
}


@final
class Receipts:
    """Writes them for all providers."""

    def __init__(
        self,
        *,
        history: ConsentHistory,
        law: Law,
        policy: Callable[[ProviderId], ProviderPolicy],
        recipients: Callable[[ProviderId], Iterable[Recipient]],
        registry: Registry = REGISTRY,
    ) -> None:
        self._history = history
        self._law = law
        self._policy = policy
        self._recipients = recipients
        self._registry = registry

    async def receipt(self, provider: ProviderId, subject: SubjectId, event: RowId) -> dict[str, object]:
        """The receipt for one act, with what became of the same choice since. Raises NotOffered for another's act."""
        events = [each for each in await self._history.history(subject) if each.provider == provider]
        told = next((each for each in events if each.id == event and each.choice is not None), None)
        if told is None or told.choice is None:
            raise NotOffered
        since = [each for each in events if each.number >= told.number and each.choice == told.choice]
        return {"receipt_id": f"{event}:{since[-1].number}", **self._record(told, told.choice, since)}

    def _record(self, told: ConsentEvent, choice: Choice, since: Sequence[ConsentEvent]) -> dict[str, object]:
        policy = self._policy(told.provider)
        parties = (
            _controller(policy),
            *self._partners(told.provider, choice),
            _authority(self._law.country(policy.country).authority),
        )
        return {
            "schema_version": SCHEMA,
            "record_id": told.id,
            "pii_principal_id": told.subject,
            "pii_processing": {
                "privacy_notice": {"version": told.version, "hash": f"sha256:{told.version}"},
                "language": told.language,
                "purposes": [self._purpose(choice, policy, told)],
            },
            "party_identification": list(parties),
            "events": [_event(each) for each in since],
        }

    def _purpose(self, choice: Choice, policy: ProviderPolicy, told: ConsentEvent) -> dict[str, object]:
        purpose = choice.purpose
        return {
            "purpose": purpose.sentence,
            "purpose_type": purpose.value,
            "lawful_basis": f"eu-gdpr:A6-1-a ({purpose.basis.value})",
            "pii_information": self._data(choice),
            "pii_controllers": [_CONTROLLER],
            "collection_method": told.act.value,
            "processing_method": choice.channel.value if choice.channel else choice.feature.value,
            "storage_locations": [policy.place],
            "retention_period": Keep.EVIDENCE.sentence,
            "processing_locations": [policy.place],
            "geographic_restrictions": [policy.place],
            "services": [policy.name],
            "jurisdiction": policy.country,
            "recipient_third_parties": [choice.recipient] if choice.recipient else [],
            "withdrawal_method": told.act.value,  # by the same act, and no more of them (Article 7(3) GDPR)
            "privacy_rights": list(_RIGHTS),
            "codes_of_conduct": [],
            "impact_assessment": None,
            "authority_party": _AUTHORITY,
        }

    def _data(self, choice: Choice) -> list[dict[str, object]]:
        found = [entry for entry in entries(self._registry) if entry.purpose is choice.purpose]
        return [
            {
                "pii_type": entry.category.value,
                "pii_attribute_id": f"{entry.table}.{entry.field}",
                "pii_optional": True,
                "sensitive_pii_category": False,
                "special_pii_category": False,
            }
            for entry in found
            if entry.category is not None
        ]

    def _partners(self, provider: ProviderId, choice: Choice) -> Iterable[Mapping[str, object]]:
        for recipient in self._recipients(provider):
            if recipient.id == choice.recipient:
                yield _party(recipient.id, recipient.name, recipient.country, role=recipient.role.value)


def _event(event: ConsentEvent) -> dict[str, object]:
    return {
        "event_time": dt.datetime.fromtimestamp(event.at, dt.UTC).isoformat(timespec="seconds"),
        "validity_duration": None,  # until it is withdrawn
        "entity_id": _PRINCIPAL if event.case is None else event.by.value,
        "event_type": _STATES[event.kind],
        "event_state": event.kind.value,
    }


def _controller(policy: ProviderPolicy) -> dict[str, object]:
    party = _party(_CONTROLLER, policy.name, policy.country, role="controller", address=policy.controller)
    return {**party, "party_contact": policy.privacy_officer}


def _authority(authority: Authority) -> dict[str, object]:
    party = _party(_AUTHORITY, authority.name, authority.country, role="supervisory_authority", kind="public_body")
    return {**party, "party_address": authority.address, "party_email": authority.mail, "party_url": authority.url}


def _party(
    name: str, title: str, country: str, *, role: str, kind: str = "organisation", address: str = ""
) -> dict[str, object]:
    return {
        "party_id": name,
        "party_name": title,
        "party_address": address or country,
        "party_email": "",
        "party_url": "",
        "party_phone": "",
        "party_contact": "",
        "party_role": role,
        "party_type": kind,
    }
