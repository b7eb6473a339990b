"""The proof: a person who does not exist lives through the installation and is erased, and every medium is searched.

1 plant       a row in each table about people, a unique canary in each field, identifiers, an update, a backup
2 control     before the erasure the scan must find every declared column; else it is blind and proves nothing
3 erase       by the same five steps as for anybody
4 search      the same media, the same needles; what is found where nothing may lie fails the proof
"""

import gzip
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, IdentifierKind, Record, Registry
from ringfence.identifiers import ProviderId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.ledger import Signer
from ringfence.privacy.rights.canary import Planter
from ringfence.privacy.rights.erasure import Erasures
from ringfence.privacy.rights.errors import CannotCertify, ScanBlind
from ringfence.privacy.rights.examine import Examination, Examiner
from ringfence.privacy.rights.gather import KEYRING, gather, names_of
from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.rights.premises import MAIN
from ringfence.privacy.rights.records import Reason
from ringfence.privacy.rights.scan import scan_bytes
from ringfence.privacy.statement import canonical
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Proof", "Rehearsal"]

_SHOWN: Final = 20  # columns named in an error


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """What the rehearsal showed. `document` is signed JSON, checked as a certificate is (`is_genuine`).

    `unsealed` names what lay somewhere in the clear while the person was there: it should rest sealed everywhere.
    """

    columns: int
    unsealed: tuple[str, ...]
    examination: Examination
    document: bytes

    @property
    def held(self) -> bool:
        return self.examination.clean and not self.unsealed


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Everything that it takes; `back_up`, if given, makes a backup between planting and erasing."""

    db: Database
    keyring: Keyring
    erasures: Erasures
    examiner: Examiner
    signer: Signer
    clock: Clock
    randomness: Randomness
    provider: ProviderId
    registry: Registry = REGISTRY
    back_up: Callable[[], Awaitable[object]] | None = None

    async def prove(self) -> Proof:
        """Raises CannotCertify (nothing was planted), or ScanBlind (what was planted has been erased again)."""
        self._refuse_what_cannot_be_certified()
        people = (SubjectId(new_id(self.randomness)), SubjectId(new_id(self.randomness)))
        try:
            await self._plant(people)
            needles = await self._needles(people)
            columns, unsealed = await self._control(needles)
        finally:
            erased = sum([await self._erase(subject) for subject in people])
        examination = await self.examiner.search(needles, people)
        return Proof(columns, unsealed, examination, self._document(columns, unsealed, examination, erased))

    def _refuse_what_cannot_be_certified(self) -> None:
        if not self.keyring.secure_delete:
            raise CannotCertify(medium="keyring", setting="secure_delete")
        if self.db.dialect == "sqlite" and not self.db.secure_delete:
            raise CannotCertify(medium="main_database", setting="secure_delete")

    async def _plant(self, people: tuple[SubjectId, SubjectId]) -> None:
        for kind in IdentifierKind:
            for subject in people:
                if kind is not IdentifierKind.LEDGER_REF:
                    self.keyring.bind(self.provider, kind, f"rehearsal-{new_id(self.randomness)}@invalid", subject)
        for subject, other in (people, people[::-1]):
            planter = Planter(self.provider, subject, other, self.clock, self.randomness)
            rows = [planter.row(kind) for kind in self.registry.about_people()]
            async with self.db.transaction() as unit:
                await unit.add_all(rows)
            async with self.db.transaction() as unit:  # an update leaves other traces than an insert
                for row in rows:
                    await unit.replace(row)
            await self._read_back(planter, rows)
        if self.back_up is not None:
            await self.back_up()

    async def _read_back(self, planter: Planter, rows: Sequence[Record]) -> None:
        """A held key must open what was sealed, field by field: else the ciphertext that is sought is not theirs."""
        async with self.db.reading() as unit:
            for row in rows:
                found = await unit.get(type(row), row.id)
                for field in type(row).declaration.personal:
                    column = f"{type(row).declaration.name}.{field.name}"
                    if found is None or getattr(found, field.name) != planter.planted[column]:
                        raise ScanBlind(column=column, problem="not_read_back")

    async def _needles(self, people: Sequence[SubjectId]) -> list[Needle]:
        needles: list[Needle] = []
        for subject in people:
            needles += await gather(self.db, self.keyring, self.registry, subject, categories=None)
            needles += await names_of(self.db, self.registry, subject)
        return needles

    async def _control(self, needles: Sequence[Needle]) -> tuple[int, tuple[str, ...]]:
        """The positive control: how many declared columns it covers, and what lay in the clear meanwhile."""
        unseen = [needle.column for needle in needles if not _seen_in_every_spelling(needle)]
        looked = await self.examiner.look(needles)
        found = {(each.medium, each.column) for each in looked.findings}
        wanted = list(self._declared())
        unseen += [column for column, shown_by in wanted if (MAIN, shown_by) not in found]
        if (KEYRING, KEYRING) not in found:
            unseen.append(KEYRING)
        if unseen:
            raise ScanBlind(columns=" ".join(sorted(set(unseen))[:_SHOWN]), problem="not_found_before_erasure")
        clear = {f"{each.medium}: {each.column}" for each in looked.findings if each.kind is NeedleKind.CLEAR}
        return len(wanted), tuple(sorted(clear))

    def _declared(self) -> Iterator[tuple[str, str]]:
        """Each declared column and the needle that shows it is seen: for a personal field its part's ciphertext."""
        for kind in self.registry.about_people():
            declaration = kind.declaration
            yield f"{declaration.name}.id", f"{declaration.name}.id"
            for field in declaration.personal:
                yield (
                    f"{declaration.name}.{field.name}",
                    f"{declaration.name}.{declaration.sealed_column(field.says.part)}",
                )

    async def _erase(self, subject: SubjectId) -> bool:
        if not self.keyring.knows(subject):
            return False
        await self.erasures.run(await self.erasures.request(self.provider, subject, Reason.REHEARSAL))
        return True

    def _document(self, columns: int, unsealed: tuple[str, ...], examination: Examination, erased: int) -> bytes:
        content: dict[str, object] = {
            "proof": 1,
            "held": examination.clean and not unsealed,
            "day": day_of(self.clock.time()).isoformat(),
            "provider": self.provider,
            "persons_erased": erased,
            "declared_columns_seen_before": columns,
            "in_the_clear_before": list(unsealed),
            "examined": examination.content(),
            "public_key": self.signer.public_key,
        }
        signature = self.signer.sign(canonical(content)).hex()
        return canonical({**content, "signature": signature})


def _seen_in_every_spelling(needle: Needle) -> bool:
    """Whether the scan sees the needle however it is written, also inside a compressed stream."""
    hidden = [b"before " + pattern + b" behind" for pattern in needle.patterns]
    if needle.kind is NeedleKind.CLEAR:
        hidden.append(gzip.compress(needle.patterns[0]))
    return all(scan_bytes("control", "", content, [needle]) for content in hidden)
