"""Every account in memory, found by what a message shows: the call path never asks the database."""

from collections.abc import Callable, Iterator
from typing import final

from ringfence.identifiers import DeviceId, SubjectId
from ringfence.protocols.sip.flow import Flow
from ringfence.services.reachability.account import Account, Binding, Device

__all__ = ["Accounts", "BindingListener"]


BindingListener = Callable[[Account, Device, Binding], None]


@final
class Accounts:
    """The index. Whoever must know of a device that wakes or goes subscribes here; calls come in the same turn."""

    __slots__ = ("_by_contact", "_by_flow", "_by_sip_user", "_by_subject", "_on_binding", "_on_unbound")

    def __init__(self) -> None:
        self._by_subject: dict[SubjectId, Account] = {}
        self._by_contact: dict[bytes, Account] = {}
        self._by_sip_user: dict[bytes, Device] = {}
        self._by_flow: dict[Flow, tuple[Device, ...]] = {}
        self._on_binding: list[BindingListener] = []
        self._on_unbound: list[BindingListener] = []

    def __len__(self) -> int:
        return len(self._by_subject)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_subject.values())

    def by_contact(self, user: bytes) -> Account | None:
        """The account whose opaque contact user a request of the PBX shows."""
        return self._by_contact.get(user)

    def by_subject(self, subject: SubjectId) -> Account | None:
        return self._by_subject.get(subject)

    def by_sip_user(self, sip_user: bytes) -> Device | None:
        """The device that shows this digest user name."""
        return self._by_sip_user.get(sip_user)

    def by_flow(self, flow: Flow) -> tuple[Device, ...]:
        """The devices that are bound to this flow; usually one."""
        return self._by_flow.get(flow, ())

    def account_of(self, device: Device) -> Account | None:
        """None once the account is gone."""
        return self._by_subject.get(device.subject)

    def add(self, account: Account) -> None:
        """Take an account in, or a newer version of one that is here (its devices' bindings then stay)."""
        former = self._by_subject.get(account.subject)
        if former is not None:
            del self._by_contact[former.contact_user]
            for device in former.devices:
                self.put_device(account, device)
        self._by_subject[account.subject] = account
        self._by_contact[account.contact_user] = account
        for device in account.devices:
            self._by_sip_user[device.sip_user] = device

    def put_device(self, account: Account, device: Device) -> None:
        """Give the account a device; one of the same id is replaced and, if its secret changed, loses its binding."""
        former = account.device(device.id)
        if former is not None and former is not device:
            if former.same_secret(device):
                return
            self.remove_device(account, former.id)
        if account.device(device.id) is None:
            account.devices = (*account.devices, device)
        self._by_sip_user[device.sip_user] = device

    def remove_device(self, account: Account, id: DeviceId) -> None:  # noqa: A002 - the field's name everywhere
        """Forget a device and its binding; its flow is left open for the goodbye that may be under way."""
        device = account.device(id)
        if device is None:
            return
        self.unbound(device)
        account.devices = tuple(other for other in account.devices if other is not device)
        del self._by_sip_user[device.sip_user]

    def remove(self, subject: SubjectId) -> Account | None:
        """Forget an account with all its devices and bindings; returns what was forgotten."""
        account = self._by_subject.get(subject)
        if account is None:
            return None
        for device in account.devices:
            self.remove_device(account, device.id)
        del self._by_subject[subject]
        del self._by_contact[account.contact_user]
        return account

    def bound(self, device: Device, binding: Binding) -> Binding | None:
        """The device's newest binding; tells the subscribers, then returns the binding that it replaced."""
        former = device.binding
        if former is not None and former.flow is not binding.flow:
            self._leave(former.flow, device)
        device.binding = binding
        if device not in (here := self._by_flow.get(binding.flow, ())):
            self._by_flow[binding.flow] = (*here, device)
        self._tell(self._on_binding, device, binding)
        return former

    def unbound(self, device: Device) -> Binding | None:
        """The device sleeps; tells the subscribers and returns the binding that ended, None if it slept already."""
        former, device.binding = device.binding, None
        if former is not None:
            self._leave(former.flow, device)
            self._tell(self._on_unbound, device, former)
        return former

    def on_binding(self, listener: BindingListener) -> None:
        """Call `listener(account, device, binding)` whenever a device registers, also when it refreshes."""
        self._on_binding.append(listener)

    def on_unbound(self, listener: BindingListener) -> None:
        """Call `listener(account, device, former binding)` whenever a device goes to sleep."""
        self._on_unbound.append(listener)

    def _leave(self, flow: Flow, device: Device) -> None:
        left = tuple(other for other in self._by_flow.get(flow, ()) if other is not device)
        if left:
            self._by_flow[flow] = left
        else:
            self._by_flow.pop(flow, None)

    def _tell(self, listeners: list[BindingListener], device: Device, binding: Binding) -> None:
        account = self._by_subject.get(device.subject)
        if account is None:
            return
        for listener in listeners:
            listener(account, device, binding)
