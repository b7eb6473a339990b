"""Where a package's file is made: it reads rows and writes one sealed file, and changes nothing else.

So it can run in a process of its own (`clerk.py`), and be killed there at any moment: what it leaves behind is half a
file that no key opens, and the next try begins with a new one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, final

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId, RecipientId, RowId
from ringfence.persistence import Database
from ringfence.privacy.ledger import Signer
from ringfence.privacy.packages.build import Order, Progress, build
from ringfence.privacy.packages.errors import UnknownPackage
from ringfence.privacy.packages.holdings import Holdings
from ringfence.privacy.packages.records import Package
from ringfence.privacy.packages.sealedfile import SealedWriter
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["Builds", "Names", "Point", "Result", "Workshop", "file_of"]

_ENDING: Final = ".package"


class Point(StrEnum):
    """The moments between and inside the steps at which a test kills the process."""

    WRITING_REQUEST = "writing_request"
    REQUESTED = "requested"
    FILE_BEGUN = "file_begun"
    HALF_WRITTEN = "half_written"
    FILE_ON_DISK = "file_on_disk"
    WRITING_READY = "writing_ready"
    READY = "ready"
    WRITING_FETCHED = "writing_fetched"
    FETCHED = "fetched"
    WRITING_SHREDDED = "writing_shredded"
    KEY_GONE = "key_gone"
    FILE_GONE = "file_gone"


@final
@dataclass(frozen=True, slots=True)
class Result:
    """A file that is on the disk. `size` is that of the ZIP in it; `digest` the manifest's SHA-256 in hex."""

    rows: int
    size: int
    digest: str


@final
@dataclass(frozen=True, slots=True)
class Names:
    """How a provider and its recipients are called, for people."""

    provider: str = ""
    recipients: Mapping[RecipientId, str] = field(default_factory=dict)


class Builds(Protocol):
    """Whoever makes the files: the workshop in this process, or a clerk in another."""

    async def build(self, package: RowId, progress: Progress) -> Result:
        """Raises UnknownPackage, or BuildFailed."""
        ...


def file_of(folder: Path, package: Package) -> Path:
    """Where the file lies; its name is random and tells nothing."""
    return folder / f"{package.file}{_ENDING}"


@final
class Workshop:
    """Implements `Builds`, in whatever process it is."""

    def __init__(
        self,
        *,
        db: Database,
        holdings: Holdings,
        signer: Signer,
        folder: Path,
        clock: Clock,
        randomness: Randomness,
        names: Callable[[ProviderId], Names] = lambda _: Names(),
        at: Callable[[Point], None] = lambda _: None,
    ) -> None:
        self._db = db
        self._holdings = holdings
        self._signer = signer
        self._folder = folder
        self._clock = clock
        self._randomness = randomness
        self._names = names
        self._at = at

    async def build(self, package: RowId, progress: Progress) -> Result:
        """Make the file anew, whatever an earlier try has left. Raises UnknownPackage."""
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                record = await unit.get(Package, package)
        if record is None or not record.key:
            raise UnknownPackage
        path = file_of(self._folder, record)
        path.unlink(missing_ok=True)
        sink = SealedWriter(path, record.key, record.id, self._randomness)
        self._at(Point.FILE_BEGUN)
        try:
            built = await build(self._holdings, self._signer, self._order(record), sink, progress)
            self._at(Point.HALF_WRITTEN)
            sink.close()
        except BaseException:
            sink.abandon()
            path.unlink(missing_ok=True)
            raise
        self._at(Point.FILE_ON_DISK)
        return Result(built.rows, sink.size, built.digest)

    def _order(self, record: Package) -> Order:
        names = self._names(record.provider)
        return Order(
            package=record.id,
            provider=record.provider,
            subject=record.subject,
            kind=record.kind,
            language=record.language,
            made=self._clock.time(),
            case=record.case,
            letter=record.letter,
            provider_name=names.provider,
            recipients=names.recipients,
        )
