"""Staff, joined: what the service stands on, for the server and for the commands beside it."""

from ringfence.app.kernel import Kernel, premises_of
from ringfence.clock import DAY
from ringfence.privacy.access import Passkeys, Place, Sessions
from ringfence.privacy.rights import Erasures, ErasureSettings, Examiner
from ringfence.services.staff import Rights, Staff, StaffSettings, World

__all__ = ["erasures_at_rest", "staff_of"]


def staff_of(kernel: Kernel, rights: Rights) -> Staff:
    """The service. In the server `rights` is whatever erases there, and the service itself one of its departures."""
    url = kernel.settings.http.public_url.rstrip("/")
    settings = StaffSettings(public_url=url)
    world = World(
        db=kernel.db,
        ledger=kernel.ledger,
        identities=kernel.keyring,
        rights=rights,
        sessions=Sessions(kernel.clock, kernel.randomness, settings.sessions),
        passkeys=Passkeys(Place.of(url, kernel.settings.providers[0].name)),
        clock=kernel.clock,
        randomness=kernel.randomness,
    )
    return Staff(world, settings)


def erasures_at_rest(kernel: Kernel) -> Erasures:
    """For a command, while no server runs: nothing holds anybody in memory, so nobody has to let go."""
    return Erasures(
        db=kernel.db,
        keyring=kernel.keyring,
        tombstones=kernel.tombstones,
        ledger=kernel.ledger,
        signer=kernel.signer,
        departures=(),
        clock=kernel.clock,
        randomness=kernel.randomness,
        examiner=Examiner(kernel.db, kernel.keyring, premises_of(kernel), kernel.clock, kernel.randomness),
        settings=ErasureSettings(copies_seconds=(kernel.settings.installation.backup_days + 1) * DAY),
    )
