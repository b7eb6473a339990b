"""The main job, step by step: each step does one thing over real sockets and asserts what it says.

A step that does not hold raises NotHeld with the reason; nothing after it is played.
"""

import asyncio
import json
from typing import Final, final

from ringfence.demo.assertion import SOON, NotHeld, require, soon, until, until_true
from ringfence.demo.evidence import Find, hexdump, search, spellings
from ringfence.demo.exhibit import code, entries, head, is_signed, laid_out, rows_of, was_held
from ringfence.demo.http import Json
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account, Conversation, Dialling, Phone, Refused
from ringfence.demo.push_service import Pushed
from ringfence.demo.stage import DOMAIN, Stage
from ringfence.demo.timeline import Step, Timeline
from ringfence.randomness import Randomness

__all__ = ["CALLER", "OWNER", "Story", "passwords"]

OWNER: Final = "ada.lovelace"
CALLER: Final = "charles.babbage"
_CALLER_NAME: Final = "Charles Babbage"
_DEVICE: Final = "Ada's pocket engine"

_PACKETS: Final = 25  # of 20 ms: half a second of talk
_SHOWN: Final = 6  # lines of the notice
_QUIET: Final = 1.0  # seconds of listening for a REGISTER that must not come
_ERASED: Final = 15.0  # seconds for an erasure with its scan


def passwords(randomness: Randomness) -> dict[str, str]:
    """The PBX's accounts, with passwords that exist nowhere else, so that a scan for them means something."""
    return {user: randomness.bytes(12).hex() for user in (OWNER, CALLER)}


@final
class Story:
    """One telling. `play` returns when the last step has held, or raises what the failed one raised."""

    def __init__(
        self, stage: Stage, accounts: dict[str, str], timeline: Timeline, randomness: Randomness, *, language: str
    ) -> None:
        self._stage, self._timeline, self._language = stage, timeline, language
        account = Account(OWNER, DOMAIN, OWNER, accounts[OWNER])
        self._owner = Owner(account, stage.doors, stage.push, randomness, device=_DEVICE)
        caller = Account(CALLER, DOMAIN, CALLER, accounts[CALLER], _CALLER_NAME)
        self._caller = Phone(caller, stage.pbx.address, randomness)
        self._erasure = ""
        self._device = ""

    async def play(self) -> None:
        await self._caller.open_udp()
        try:
            await self._come()
            await self._ring()
            await self._go()
        finally:
            self._caller.close()
            self._owner.uninstall()

    # coming

    async def _come(self) -> None:
        with self._timeline.step("notice") as step:
            notice = await self._read_notice(step)
        with self._timeline.step("refused") as step:
            await self._enrol_without_agreeing(step, notice)
        with self._timeline.step("enrolled") as step:
            await self._enrol(step, notice)
        with self._timeline.step("registered") as step:
            await self._held_at_pbx(step)
        with self._timeline.step("kept") as step:
            self._look_at_bytes(step)
        with self._timeline.step("asleep") as step:
            await self._fall_asleep(step)

    async def _read_notice(self, step: Step) -> Json:
        notice = await self._owner.notice(self._language)
        lines = [str(line) for line in entries(notice.get("notice"))]
        require(bool(lines) and bool(notice.get("terms_version")), "no_notice")
        step.say("notice", version=str(notice["notice_version"])[:12], shown=min(_SHOWN, len(lines)), lines=len(lines))
        step.show("notice", "\n".join(lines[:_SHOWN]))
        return notice

    async def _enrol_without_agreeing(self, step: Step, notice: Json) -> None:
        answer = await self._owner.enrol(notice, agreed=False)
        problem = answer.json()
        step.show("api_refused", f"{answer.status} {json.dumps(problem, indent=1)}")
        require((answer.status, problem.get("code")) == (403, "terms_not_agreed"), "not_refused", status=answer.status)
        self._require_absent(self._personal())
        asked = self._stage.pbx.registrations_of(OWNER)
        require(not asked, "pbx_was_asked", count=len(asked))
        step.say("refused", files=_count(self._stage))

    async def _enrol(self, step: Step, notice: Json) -> None:
        answer = await self._owner.enrol(notice, agreed=True)
        require(answer.status == 201, "not_enrolled", status=answer.status, code=code(answer.body))
        access = self._owner.access
        require(access is not None, "not_enrolled", status=answer.status, code="")
        if access:
            self._device = access.device
        proof = self._stage.pbx.registrations_of(OWNER)[:2]
        require(len(proof) == 2 and not proof[1].first("contact"), "not_proven")
        step.show("pbx_proof", head(proof[1].to_bytes()))
        step.say("enrolled")

    async def _held_at_pbx(self, step: Step) -> None:
        await until(lambda: bool(self._stage.pbx.contacts(OWNER)), "no_binding")
        contacts = self._stage.pbx.contacts(OWNER)
        require(len(contacts) == 1 and OWNER not in contacts[0].uri, "binding_tells", count=len(contacts))
        step.show("pbx_binding", f"{OWNER}@{DOMAIN} -> {contacts[0].uri}")
        step.say("registered")

    def _look_at_bytes(self, step: Step) -> None:
        known = search(self._stage.data, [("device", self._device)])
        require(bool(known), "blind_search")
        step.show("bytes", self._excerpt(known[0]))
        self._require_absent([*self._personal(), *self._secrets()])
        ways = sum(len(spellings(text)) for _, text in [*self._personal(), *self._secrets()])
        step.say("kept", ways=ways, files=_count(self._stage))

    async def _fall_asleep(self, step: Step) -> None:
        phone = await self._owner.connect()
        step.say("awake", cipher="TLS")
        require(not phone.endpoint.lost.is_set(), "lost_connection")
        self._owner.sleep()
        require(len(self._stage.pbx.contacts(OWNER)) == 1, "binding_left_with_phone")
        step.say("asleep")

    # ringing

    async def _ring(self) -> None:
        with self._timeline.step("push") as step:
            dialling = await self._caller.dial(f"sip:{OWNER}@{DOMAIN}")
            pushed = await self._push_arrives(step)
        with self._timeline.step("box") as step:
            self._open_box(step, pushed)
        with self._timeline.step("answered") as step:
            theirs, ours = await self._wake_and_answer(step, pushed, dialling)
        with self._timeline.step("talk") as step:
            await self._talk(step, theirs, ours, pushed.data["call"])

    async def _push_arrives(self, step: Step) -> Pushed:
        try:
            pushed = await self._owner.woken(SOON)
        except TimeoutError:
            raise NotHeld("no_push") from None
        step.show("push", json.dumps(json.loads(pushed.raw), indent=1))
        seen = b"\n".join(self._stage.push.seen)
        who = [text for name, text in self._personal() if name != "push_token"] + [DOMAIN, CALLER, _CALLER_NAME]
        told = [text for text in who if any(way in seen for way in spellings(text))]
        require(not told, "push_tells")
        step.say("push", size=len(pushed.raw), needles=len(who))
        return pushed

    def _open_box(self, step: Step, pushed: Pushed) -> None:
        caller = self._owner.open_box(pushed)
        require(caller.name == _CALLER_NAME and CALLER in caller.address, "wrong_caller")
        step.show("box", f"{caller.name} <{caller.address}>")
        step.say("box")

    async def _wake_and_answer(
        self, step: Step, pushed: Pushed, dialling: Dialling
    ) -> tuple[Conversation, Conversation]:
        phone = await self._owner.connect()
        ringing = await soon(phone.incoming.get(), "no_invite")
        invite = ringing.request
        step.show("invite", head(invite.to_bytes()))
        require(invite.first("x-ringfence-call") == pushed.data["call"], "other_call")
        await soon(dialling.ringing.wait(), "no_ringing")
        theirs, ours = await soon(asyncio.gather(ringing.answer(), dialling.answered(SOON)), "no_answer")
        step.say("answered", heard=", ".join(map(str, dialling.progress)))
        return theirs, ours

    async def _talk(self, step: Step, theirs: Conversation, ours: Conversation, ref: str) -> None:
        heard = await soon(asyncio.gather(theirs.talk(_PACKETS), ours.talk(_PACKETS)), "no_sound")
        await ours.hang_up()
        await soon(theirs.ended.wait(), "no_bye")
        state = await self._owner.call_state(ref)
        require(state == "gone", "call_not_gone", state=state)
        step.say("talk", there=heard[0], here=heard[1])

    # going

    async def _go(self) -> None:
        with self._timeline.step("data") as step:
            await self._ask_for_everything(step)
        with self._timeline.step("leave") as step:
            await self._leave(step)
        with self._timeline.step("silent") as step:
            await self._nothing_registers(step)
        with self._timeline.step("scan", proves=True) as step:
            self._scan(step)
        with self._timeline.step("certificate", proves=True) as step:
            await self._verify(step)

    async def _ask_for_everything(self, step: Step) -> None:
        answer = await self._owner.data()
        require(answer.status == 200, "no_data", status=answer.status)
        text = answer.body.decode()
        require(OWNER in text and self._owner.push_token in text, "data_lacks")
        tables = answer.json().get("tables")
        names = sorted(tables) if isinstance(tables, dict) else []
        step.show("data", rows_of(tables))
        step.say("data", tables=len(names))

    async def _leave(self, step: Step) -> None:
        answer = await self._owner.leave()
        require(answer.status == 202, "cannot_leave", status=answer.status)
        self._erasure = str(answer.json()["erasure_id"])
        self._owner.uninstall()
        await until(lambda: not self._stage.pbx.contacts(OWNER), "still_bound")
        last = self._stage.pbx.registrations_of(OWNER)[-1]
        step.show("pbx_goodbye", head(last.to_bytes()))
        step.say("leave")

    async def _nothing_registers(self, step: Step) -> None:
        await self._erased()
        before = len(self._stage.pbx.registrations_of(OWNER))
        pushes = len(self._stage.push.seen)
        try:
            await (await self._caller.dial(f"sip:{OWNER}@{DOMAIN}")).answered(SOON)
        except Refused as refused:
            status = refused.status
        else:
            raise NotHeld("answered_after_leaving")
        await asyncio.sleep(_QUIET)
        after = self._stage.pbx.registrations_of(OWNER)
        require(len(after) == before, "registers_again", count=len(after) - before)
        require(len(self._stage.push.seen) == pushes, "pushes_again")
        step.say("silent", status=status, seconds=_QUIET)

    async def _erased(self) -> Json:
        """The erasure's own word that it is done, with its certificate."""
        found: Json = {}

        async def asked() -> bool:
            found.update(await self._owner.erasure(self._erasure))
            return bool(found.get("certificate"))

        await until_true(asked, "no_certificate", within=_ERASED)
        return found

    def _scan(self, step: Step) -> None:
        needles = [*self._personal(), *self._secrets(), ("device", self._device)]
        self._require_absent(needles)
        step.say("scan", needles=len(needles), files=_count(self._stage))

    async def _verify(self, step: Step) -> None:
        certificate = (await self._erased())["certificate"]
        require(isinstance(certificate, dict), "no_certificate")
        if not isinstance(certificate, dict):
            return
        verdicts = entries(certificate.get("verdicts"))
        held = list(filter(was_held, verdicts))
        step.show("certificate", laid_out({**certificate, "verdicts": held}))
        step.say("nothing_held", fields=len(verdicts) - len(held))
        require(is_signed(certificate, self._stage.server.public_key), "bad_signature")
        examined = certificate.get("examined")
        looked = isinstance(examined, dict) and examined.get("read")
        require(isinstance(looked, dict) and bool(looked), "nothing_examined")
        require(isinstance(examined, dict) and not examined.get("found"), "something_remains")
        step.say("certificate", signer=self._stage.server.public_key[:16])

    # needles

    def _personal(self) -> list[tuple[str, str]]:
        """What says who somebody is."""
        owner = self._owner
        return [
            ("address", f"{OWNER}@{DOMAIN}"),
            ("user", OWNER),
            ("push_token", owner.push_token),
            ("device_name", owner.device_name),
            ("caller", CALLER),
            ("caller_name", _CALLER_NAME),
            ("password", owner.account.password),
        ]

    def _secrets(self) -> list[tuple[str, str]]:
        """What opens something."""
        access = self._owner.access
        if access is None:
            return []
        return [("api_token", access.token.partition(".")[2]), ("sip_secret", access.sip_secret)]

    def _require_absent(self, needles: list[tuple[str, str]]) -> None:
        if found := search(self._stage.data, needles):
            raise NotHeld("found", what=found[0].name, file=found[0].file.name, count=len(found))

    def _excerpt(self, find: Find) -> str:
        content = find.file.read_bytes()
        return f"{find.file.name}, {len(content)} bytes\n{hexdump(content, max(0, find.offset - 16), lines=12)}"


def _count(stage: Stage) -> int:
    return sum(1 for path in stage.data.rglob("*") if path.is_file())
