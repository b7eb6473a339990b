"""What the start page shows of the running server: states and made-up references, never people."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, final

from ringfence.app.policies import TodaysNotices
from ringfence.clock import Clock
from ringfence.gateway.calls import Calls
from ringfence.identifiers import DeviceId, ProviderId
from ringfence.randomness import Randomness
from ringfence.services.reachability import Accounts
from ringfence.settings import ProviderSettings
from ringfence.web.start import (
    DeclaredMap,
    Imprint,
    LiveCall,
    LiveDevice,
    Notice,
    Pages,
)

__all__ = ["LiveView", "pages_of"]

_SHOWN: Final = 200  # rows; the page is for looking, not for listing everybody
_REF: Final = 8  # characters of a reference that tells two rows of one page apart


@final
class LiveView:
    """The port `Live`, over memory alone."""

    def __init__(self, accounts: Accounts, calls: Calls, clock: Clock, randomness: Randomness) -> None:
        self._accounts = accounts
        self._calls = calls
        self._clock = clock
        self._salt = randomness.bytes(16)

    def devices(self) -> Sequence[LiveDevice]:
        shown: list[LiveDevice] = []
        for account in self._accounts:
            state = account.state
            shown += (LiveDevice(self._ref(each.id), each.binding is not None, state) for each in account.devices)
            if len(shown) >= _SHOWN:
                break
        return shown[:_SHOWN]

    def calls(self) -> Sequence[LiveCall]:
        now = self._clock.time()
        return [LiveCall(held.ref, held.call.phase, max(0, int(now - held.came_at))) for held in self._calls.open()][
            :_SHOWN
        ]

    def _ref(self, device: DeviceId) -> str:
        """Made for this run of the server: it leads nowhere."""
        return hashlib.blake2b(device.encode(), key=self._salt, digest_size=_REF // 2).hexdigest()


@final
class _NoticePage:
    """The port `Notices` of the pages: one provider's texts."""

    def __init__(self, notices: TodaysNotices, provider: ProviderId) -> None:
        self._notices = notices
        self._provider = provider

    def current(self, language: str) -> Notice:
        notice = self._notices.current(self._provider, language)
        return Notice(
            version=notice.notice_version,
            language=notice.language,
            paragraphs=[*notice.notice, *notice.terms],
        )


def pages_of(
    provider: ProviderSettings, notices: TodaysNotices, live: LiveView, schema: Callable[[], Mapping[str, object]]
) -> Pages:
    """The pages of an installation, in the name of its first provider."""
    return Pages(
        imprint=Imprint(provider.name, provider.controller, provider.privacy_officer),
        notices=_NoticePage(notices, ProviderId(provider.id)),
        data_map=DeclaredMap(),
        schema=schema,
        live=live,
    )
