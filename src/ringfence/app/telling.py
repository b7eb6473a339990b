"""Recipients who have to be told: what the configuration knows of them, and the mail to them (Art. 19 GDPR)."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Final, final

from ringfence.app.recipients import mail_recipient, pbx_recipient
from ringfence.declarations import FLOWS, Flow, Role
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.datamap import flow_said
from ringfence.privacy.notices import DEFAULT, Catalogue
from ringfence.privacy.notices import languages as languages_of
from ringfence.privacy.rectification import Change, RecipientUnreachable, Telling
from ringfence.privacy.rights import Heralds
from ringfence.senders.mail import NOTICE_BY_MAIL, MailSender
from ringfence.services.reachability.records import REGISTER_UPSTREAM
from ringfence.settings import ProviderSettings

__all__ = ["LaterHerald", "NoticeMail", "Recipients"]

_WORDS: Final = files("ringfence.app") / "catalogue"
_REPLACED: Final = frozenset({Change.RECTIFIED, Change.ERASED})
_PASSES: Final = frozenset({Role.PUSH_SERVICE, Role.MAIL_SERVICE})
"""What goes to these is delivered, and that is all; their declarations say so."""


@final
class Recipients:
    """Port `rectification.Directory`, out of the configuration.

    A registration is withdrawn, or replaced at the next REGISTER. A push service holds a push until it is delivered,
    and a token that nobody uses is nobody's. The provider's own PBX and relay are no recipients of their own: they are
    the controller. A processor's relay keeps logs of its own, so it is told.
    """

    def __init__(self, providers: Sequence[ProviderSettings]) -> None:
        self._contacts = {
            (ProviderId(provider.id), RecipientId(each.id)): each.privacy_contact
            for provider in providers
            if provider.mail is not None
            for each in provider.recipients
            if each.privacy_contact
        }
        self._own = {
            (ProviderId(provider.id), recipient) for provider in providers for recipient in _own_systems(provider)
        }

    def contact(self, provider: ProviderId, recipient: RecipientId) -> str:
        """A mail address; empty where none is set, or the provider has no relay."""
        return self._contacts.get((provider, recipient), "")

    def forgets(self, provider: ProviderId, recipient: RecipientId, flow: str, change: Change) -> bool:
        known = _flow(flow)
        if known is None:
            return False
        if (provider, recipient) in self._own:
            return change in _REPLACED or known.to in _PASSES
        return change in _REPLACED and (known.to is Role.PUSH_SERVICE or known is REGISTER_UPSTREAM)

    def reachable(self, provider: ProviderId, recipient: RecipientId) -> bool:
        return bool(self.contact(provider, recipient))


def _own_systems(provider: ProviderSettings) -> list[RecipientId]:
    own = [pbx_recipient(each) for each in provider.upstreams if not each.recipient]
    relay = provider.mail is not None and not provider.mail.recipient
    return [*own, mail_recipient(provider)] if relay else own


def _flow(name: str) -> Flow | None:
    return next((each for each in FLOWS if each.name == name), None)


@final
class LaterHerald:
    """Who hears of an erasure, and exists only once everything is joined."""

    def __init__(self, find: Callable[[], Heralds]) -> None:
        self._find = find

    async def erasing(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId, erasure: RowId) -> None:
        await self._find().erasing(unit, provider, subject, erasure)


@final
class NoticeMail:
    """The mail to a recipient's privacy contact (port `rectification.Teller`); it names nobody."""

    def __init__(self, mail: MailSender, recipients: Recipients, providers: Sequence[ProviderSettings]) -> None:
        self._mail = mail
        self._recipients = recipients
        self._providers = {ProviderId(each.id): each for each in providers}
        self._catalogues = {name: Catalogue.load(_WORDS, name) for name in languages_of(_WORDS)}

    async def tell(self, telling: Telling) -> None:
        """Raises RecipientUnreachable where no contact is set any more, and what the mail raises."""
        to = self._recipients.contact(telling.provider, telling.recipient)
        if not to:
            raise RecipientUnreachable
        title, text = self._written(telling)
        await self._mail.send(telling.provider, to, title, text, flow=NOTICE_BY_MAIL, id=telling.id)

    def _written(self, telling: Telling) -> tuple[str, str]:
        provider = self._providers[telling.provider]
        words = self._catalogues.get(provider.language, self._catalogues[DEFAULT])
        paragraphs = [
            words.text("telling.begin", provider=provider.name),
            words.text(f"telling.{telling.change.value}"),
            words.text("telling.received", first=telling.first.isoformat(), last=telling.last.isoformat()),
            "\n".join(f"- {_said(name, words.language)} ({name})" for name in telling.flows),
            words.text("telling.tables", tables=", ".join(telling.tables)) if telling.tables else "",
            words.text("telling.reference", reference=telling.reference) if telling.reference else "",
            words.text("telling.nobody"),
            words.text("telling.end", notice=telling.id, officer=provider.privacy_officer),
        ]
        return words.text("telling.title", notice=telling.id), "\n\n".join(filter(None, paragraphs)) + "\n"


def _said(name: str, language: str) -> str:
    flow = _flow(name)
    return flow_said(name, flow.says if flow else name, language)
