"""Who may receive what, out of the configuration; a PBX is a place like any other."""

import datetime as dt
from pathlib import Path

import pytest

from ringfence.app.recipients import gate_of, pbx_recipient
from ringfence.clock import ManualClock
from ringfence.declarations import Flow
from ringfence.persistence import Database
from ringfence.privacy.egress import BlockReason, DisclosureLog, MechanismTable, Permit, TransferBlocked
from ringfence.randomness import SeededRandomness
from ringfence.services.calls.records import CALL_TO_PBX
from ringfence.services.reachability.records import REGISTER_UPSTREAM
from ringfence.services.wake import PUSH_TO_DEVICE
from ringfence.settings import load
from tests.doubles.sealing import MemorySealer

EXAMPLE = (Path(__file__).parents[3] / "docs/ringfence.example.toml").read_text()
TO_PBX = pytest.mark.parametrize("flow", [REGISTER_UPSTREAM, CALL_TO_PBX], ids=lambda flow: str(flow.name))
DAY = dt.date(2026, 11, 22)

ELSEWHERE = """
[[providers.recipients]]
id = "hosted-pbx"
name = "A hosting company"
country = "US"
contract = "Art. 28 contract"
"""


def permit(directory: Path, flow: Flow, changed: dict[str, str], *, added: str = "") -> Permit:
    """Ask the gate of the example without its push service, with some of its words changed."""
    text = EXAMPLE[: EXAMPLE.index("[[providers.apps]]")] + added
    for was, becomes in changed.items():
        assert was in text
        text = text.replace(was, becomes)
    file = directory / "ringfence.toml"
    file.write_text(text)
    provider = load(file).providers[0]
    clock = ManualClock()
    disclosures = DisclosureLog(
        Database(f"sqlite:///{directory}/unused.db", sealer=MemorySealer(), clock=clock), SeededRandomness()
    )
    gate = gate_of(provider, {}, MechanismTable.load(), clock, disclosures)
    return gate.permit(flow, pbx_recipient(provider.upstreams[0]), DAY)


@TO_PBX
def test_the_providers_own_pbx_in_its_own_country_gets_what_it_needs(tmp_path: Path, flow: Flow) -> None:
    permitted = permit(tmp_path, flow, {})
    assert permitted.recipient.country == "DE"
    assert permitted.mechanism is None


def test_a_pbx_gets_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(TransferBlocked) as blocked:
        permit(tmp_path, PUSH_TO_DEVICE, {})
    assert blocked.value.reason is BlockReason.FLOW_NOT_DECLARED


@TO_PBX
def test_a_pbx_in_a_country_that_the_policy_does_not_name_gets_nothing(tmp_path: Path, flow: Flow) -> None:
    with pytest.raises(TransferBlocked) as blocked:
        permit(tmp_path, flow, {'country = "DE"': 'country = "DE"\nplaces = ["FR"]'})
    assert blocked.value.reason is BlockReason.PLACE_NOT_ALLOWED


@TO_PBX
def test_a_pbx_run_by_somebody_abroad_needs_a_mechanism(tmp_path: Path, flow: Flow) -> None:
    hosted = {'domain = "example.net"': 'domain = "example.net"\nrecipient = "hosted-pbx"'}
    with pytest.raises(TransferBlocked) as blocked:
        permit(tmp_path, flow, hosted, added=ELSEWHERE)
    assert blocked.value.reason is BlockReason.NO_MECHANISM
    mechanism = '\n[[providers.recipients.mechanisms]]\nid = "eu-us-dpf"\nsince = "2024-01-01"\n'
    permitted = permit(tmp_path, flow, hosted, added=ELSEWHERE + mechanism)
    assert permitted.mechanism is not None
    assert permitted.mechanism.id == "eu-us-dpf"
