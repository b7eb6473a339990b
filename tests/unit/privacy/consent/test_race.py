"""A thousand withdrawals raced against senders, in one process and in two: nothing is sent after the commit."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from ringfence.clock import SystemClock
from ringfence.identifiers import SubjectId
from ringfence.privacy.consent import Act, Consents
from tests.unit.privacy.consent.house import OURS, consents_of, opened, shown
from tests.unit.privacy.consent.sending_process import QUICK, Log, send_for_ever
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

pytestmark = [pytest.mark.usefixtures("each_database"), pytest.mark.timeout(300)]

PEOPLE = 4  # few, so that a withdrawal comes while something is being sent, and not after a queue of others
ROUNDS = 250


async def enrolled(house: Installation) -> list[SubjectId]:
    return [await house.enrol(f"person{number}@sip.example.org") for number in range(PEOPLE)]


async def give_and_withdraw(consents: Consents, subject: SubjectId, log: Log) -> None:
    """Notes in the log from when on a sending would be lawful again, and from when on it is not."""
    for _ in range(ROUNDS):
        log.note("giving", subject)
        await consents.give(PROVIDER, subject, OURS, shown=shown(OURS), act=Act.SWITCH, old_enough=True)
        await asyncio.sleep(0)
        await consents.withdraw(PROVIDER, subject, OURS, act=Act.SWITCH)
        log.note("withdrawn", subject)


async def race(consents: Consents, people: list[SubjectId], log: Log) -> None:
    await asyncio.gather(*(give_and_withdraw(consents, subject, log) for subject in people))
    log.stop()


def sent_unlawfully(log: Log) -> list[str]:
    """Who was sent something between the commit of their withdrawal and the next giving."""
    lawful: dict[str, bool] = {}
    found = []
    for word, *rest in log.lines():
        subject = rest[0] if rest else ""
        if word in {"giving", "withdrawn"}:
            lawful[subject] = word == "giving"
        elif word == "sent" and not lawful[subject]:
            found.append(subject)
    return found


def said(log: Log) -> Counter[str]:
    return Counter(line[0] for line in log.lines())


@pytest.mark.promise("ZOI-06")
async def test_nothing_is_sent_after_a_withdrawal_by_another_task(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    async with opened(tmp_path / "house", SystemClock()) as (house, _):
        people = await enrolled(house)
        sender, receiver = consents_of(house, settings=QUICK), consents_of(house, settings=QUICK)
        await asyncio.gather(send_for_ever(sender, people, log), race(receiver, people, log))
        assert (await house.ledger.verify(PROVIDER)).sound
    assert said(log)["withdrawn"] == PEOPLE * ROUNDS
    assert said(log)["sent"] > 0
    assert sent_unlawfully(log) == []
    log.close()


@pytest.mark.promise("ZOI-06")
async def test_nothing_is_sent_after_a_withdrawal_by_another_process(tmp_path: Path) -> None:
    folder, log = prepared(tmp_path / "house"), Log(tmp_path / "log")
    async with installed(folder, SystemClock()) as house:
        people = await enrolled(house)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.unit.privacy.consent.sending_process", str(folder), str(log.path), *people,
            cwd=Path(__file__).parents[4], env={"PYTHONPATH": "src:.", "PATH": ""},
        )  # fmt: skip
        while not log.says("ready"):
            assert process.returncode is None
            await asyncio.sleep(0.01)
        await race(consents_of(house, settings=QUICK), people, log)
        assert await process.wait() == 0
    assert said(log)["withdrawn"] == PEOPLE * ROUNDS
    assert said(log)["sent"] > 0
    assert sent_unlawfully(log) == []
    log.close()


def test_the_log_would_show_a_sending_after_a_withdrawal(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    for words in (("giving", "a"), ("sent", "a"), ("withdrawn", "a"), ("sent", "a"), ("giving", "a"), ("sent", "a")):
        log.note(*words)
    assert sent_unlawfully(log) == ["a"]
    log.close()
