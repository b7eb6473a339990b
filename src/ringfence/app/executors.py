"""Requests carried out: each stage done by the room that can (port `requests.Executor`), the same if asked twice."""

from collections.abc import Iterable
from typing import Final, final

from ringfence.declarations import REGISTRY, Basis, Registry
from ringfence.errors import OperatorFault
from ringfence.privacy.answers import Answers
from ringfence.privacy.consent import Act, Choice, Consents, Feature
from ringfence.privacy.packages import Kind, Packages, Snapshots, State, Transmissions
from ringfence.privacy.rectification import Rectifications
from ringfence.privacy.requests import Outcome, Progress, Work
from ringfence.privacy.restriction import Ground, Restriction, Restrictions, restrictable
from ringfence.privacy.restriction import Stage as Standing
from ringfence.privacy.rights import Erasures, Reason
from ringfence.privacy.rights import Outcome as Fate
from ringfence.services.enrolment.ports import Rights

__all__ = [
    "Discarding",
    "DryRuns",
    "Erasing",
    "Liftable",
    "Lifting",
    "NotCarriedOut",
    "Objecting",
    "Packaging",
    "Rectifying",
    "Restricting",
    "Snapping",
    "Transmitting",
    "Withdrawing",
]


class NotCarriedOut(OperatorFault):
    """What was granted could not be done as it stands; the problem says what an officer has to do first."""

    code = "request_not_carried_out"


_STAYS: Final = frozenset({Fate.KEPT, Fate.BLOCKED})
_KINDS: Final = {"access": Kind.ACCESS, "portability": Kind.PORTABILITY}


@final
class Snapping:
    """At receipt: what lives only days is copied, so that the answer still has it."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def carry_out(self, work: Work) -> Progress:
        await self._snapshots.take(work.provider, work.subject, work.case)
        return Progress()


@final
class Discarding:
    """When it is closed: what was copied at receipt is dropped, if no answer came to need it."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def carry_out(self, work: Work) -> Progress:
        await self._snapshots.drop(work.subject, work.case)
        return Progress()


@final
class Packaging:
    """The copy itself; made by a child process, so it is asked for again until it is there."""

    def __init__(self, packages: Packages, snapshots: Snapshots, answers: Answers) -> None:
        self._packages = packages
        self._snapshots = snapshots
        self._answers = answers

    async def carry_out(self, work: Work) -> Progress:
        kind = _KINDS[work.kind.value]
        beside = (work.provider, work.subject, work.case, work.language)
        package = await self._packages.prepare(
            work.provider,
            work.subject,
            case=work.case,
            kind=kind,
            language=work.language,
            letter=await self._answers.beside_a_copy(*beside) if kind is Kind.ACCESS else (),
        )
        status = await self._packages.status(package, subject=work.subject)
        if status.state is not State.READY:
            return Progress(done=False)
        await self._snapshots.drop(work.subject, work.case)
        return Progress(package=package)


@final
class Transmitting:
    """To another controller, where the person named one: it is proposed to them, and leaves when they confirm it."""

    def __init__(self, transmissions: Transmissions) -> None:
        self._transmissions = transmissions

    async def carry_out(self, work: Work) -> Progress:
        url, package = work.details.get("transmit_to", ""), work.package
        if not url or package is None:
            return Progress()
        known = await self._transmissions.of(work.subject)
        if not any(each.package == package for each in known):
            await self._transmissions.propose(work.provider, work.subject, package, url)
        return Progress()


@final
class Withdrawing:
    """Consents: the one that is named (`choice`), or all of them."""

    def __init__(self, consents: Consents) -> None:
        self._consents = consents

    async def carry_out(self, work: Work) -> Progress:
        await self._consents.withdraw(
            work.provider, work.subject, *await self._named(work), act=Act.LETTER, case=work.case
        )
        return Progress()

    async def _named(self, work: Work) -> Iterable[Choice]:
        """The choice itself, by its whole key: what is not known is for an officer, and never means all of them."""
        wanted = work.details.get("choice", "")
        if not wanted:
            return ()
        known = await self._consents.of(work.provider, work.subject)
        named = [each.choice for each in known if each.choice.key == wanted]
        if not named:
            raise NotCarriedOut(problem="choice_unknown")
        return named


@final
class Rectifying:
    """An officer corrects, and then grants: what has to become what is theirs to judge, not a machine's.

    Without a correction made for this request nothing was done, and no letter may say that it was.
    """

    def __init__(self, rectifications: Rectifications) -> None:
        self._rectifications = rectifications

    async def carry_out(self, work: Work) -> Progress:
        if not await self._rectifications.made_for(work.provider, work.subject, work.case):
            raise NotCarriedOut(problem="nothing_corrected")
        return Progress()


@final
class Restricting:
    """Values are stored and not used: what an officer has restricted for this request, else what `details` name.

    Without either it is everything but what the person steers it with.
    """

    def __init__(self, restrictions: Restrictions) -> None:
        self._restrictions = restrictions

    async def carry_out(self, work: Work) -> Progress:
        if await self._restrictions.by_case(work.provider, work.case) is not None:
            return Progress()
        tables = [name for name in work.details.get("tables", "").split(",") if name]
        named = work.details.get("ground", "")
        ground = Ground(named) if named in set(Ground) else Ground.CONTESTED
        await self._restrictions.restrict(work.provider, work.subject, ground=ground, case=work.case, tables=tables)
        return Progress()


@final
class Liftable:
    """Before the letter says that a restriction ends: which one it is. Of several an officer says, never a machine."""

    def __init__(self, restrictions: Restrictions) -> None:
        self._restrictions = restrictions

    async def carry_out(self, work: Work) -> Progress:
        meant = await _meant(self._restrictions, work)
        if len(meant) > 1 or (not meant and work.details.get("restriction", "")):
            raise NotCarriedOut(problem="which_restriction")
        return Progress()


@final
class Lifting:
    """The person was told by the letter that has left; the values can be used again."""

    def __init__(self, restrictions: Restrictions) -> None:
        self._restrictions = restrictions

    async def carry_out(self, work: Work) -> Progress:
        meant = await _meant(self._restrictions, work)
        if len(meant) > 1:  # another one came between the letter and now
            raise NotCarriedOut(problem="which_restriction")
        for each in meant:
            await self._restrictions.lift(work.provider, each.id)
        return Progress()


async def _meant(restrictions: Restrictions, work: Work) -> list[Restriction]:
    """The one that is named (`restriction`); else all that stand."""
    named = work.details.get("restriction", "")
    return [
        each
        for each in await restrictions.of(work.provider, work.subject)
        if each.stage is not Standing.LIFTED and named in {"", each.id}
    ]


@final
class Objecting:
    """What rests on an interest of the provider's is only stored from now on; marketing ends at once (Art. 21)."""

    def __init__(self, restrictions: Restrictions, consents: Consents, registry: Registry = REGISTRY) -> None:
        self._restrictions = restrictions
        self._consents = consents
        self._tables = [
            kind.declaration.name
            for kind in registry.about_people()
            if any(field.says.purpose.basis is Basis.LEGITIMATE_INTEREST for field in kind.declaration.personal)
            and kind.declaration.name in restrictable(registry)
        ]

    async def carry_out(self, work: Work) -> Progress:
        standing = [each.choice for each in await self._consents.of(work.provider, work.subject)]
        marketing = [choice for choice in standing if choice.feature is Feature.MARKETING]
        if marketing:
            await self._consents.withdraw(work.provider, work.subject, *marketing, act=Act.LETTER, case=work.case)
        if self._tables:
            await self._restrictions.restrict(
                work.provider, work.subject, ground=Ground.OBJECTION, case=work.case, tables=self._tables
            )
        return Progress()


@final
class DryRuns:
    """Before an erasure is answered: whether the law keeps some of it."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures

    async def carry_out(self, work: Work) -> Progress:
        found = await self._erasures.dry_run(work.provider, work.subject)
        stays = any(verdict.outcome in _STAYS for verdict in found.verdicts)
        return Progress(outcome=Outcome.PARTLY if stays else None)


@final
class Erasing:
    """The erasure begins; from there on it is carried out by itself."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights

    async def carry_out(self, work: Work) -> Progress:
        await self._rights.request(work.provider, work.subject, Reason.ASKED)
        return Progress()
