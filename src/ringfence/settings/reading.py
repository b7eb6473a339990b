"""Reading the configuration file, and nothing else: relative paths are of the file's own folder."""

import ipaddress
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ringfence.errors import OperatorFault
from ringfence.settings.file import ProviderSettings, Settings

__all__ = ["ConfigurationUnusable", "address_of", "load"]


class ConfigurationUnusable(OperatorFault):
    """The configuration file can't be used; the facts name the key and what is wrong with it."""

    code = "configuration_unusable"


def load(file: Path) -> Settings:
    """The settings in `file`; raises `ConfigurationUnusable` with the key at fault."""
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except OSError as fault:
        raise ConfigurationUnusable(file=str(file), problem=fault.strerror) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigurationUnusable(file=str(file), problem=str(fault)) from None
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as fault:
        raise ConfigurationUnusable(file=str(file), problem=str(fault)) from None
    for problem in _contradictions(settings):
        raise ConfigurationUnusable(file=str(file), problem=problem)
    return _anchored(settings, file.resolve().parent)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Relative paths are relative to the file's folder, wherever the process was started."""

    def at(path: str) -> str:
        return str(folder / path) if path else ""

    def with_paths(provider: ProviderSettings) -> ProviderSettings:
        projects = {
            name: replace(project, service_account=at(project.service_account))
            for name, project in provider.fcm.items()
        }
        return replace(provider, authority_file=at(provider.authority_file), fcm=projects)

    http, devices = settings.http, settings.devices
    return replace(
        settings,
        installation=replace(settings.installation, data=at(settings.installation.data)),
        http=replace(http, certificate=at(http.certificate), key=at(http.key)),
        devices=replace(devices, certificate=at(devices.certificate), key=at(devices.key)),
        providers=[with_paths(provider) for provider in settings.providers],
    )


def address_of(text: str, default_port: int = 0) -> tuple[str, int]:
    """`host:port`, `[v6]:port` or `host`, apart; raises `ConfigurationUnusable`."""
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = text, str(default_port)
    if not port.isdecimal() or not 0 <= int(port) <= 65535 or not host:
        raise ConfigurationUnusable(problem=f"not an address:port: {text!r}")
    return host.strip("[]"), int(port)


def _contradictions(settings: Settings) -> Iterator[str]:
    """What each key's type allows and its meaning, or all together, don't."""
    yield from _unusable_addresses(settings)
    providers = settings.providers
    yield from _doubled("providers", [provider.id for provider in providers])
    yield from _doubled("providers.upstreams", [each.id for provider in providers for each in provider.upstreams])
    yield from _doubled("providers.recipients", [each.id for provider in providers for each in provider.recipients])
    yield from _doubled("providers.apps", [each.id for provider in providers for each in provider.apps])
    yield from _doubled(
        "providers.upstreams domain", [each.domain for provider in providers for each in provider.upstreams]
    )
    yield from _doubled(
        "providers.fcm recipient", [each.recipient for provider in providers for each in provider.fcm.values()]
    )
    for provider in providers:
        at = f"providers.{provider.id}"
        recipients = {recipient.id for recipient in provider.recipients}
        for name, project in provider.fcm.items():
            if project.recipient not in recipients:
                yield f"{at}.fcm.{name}: no recipient is called {project.recipient!r}"
        for app in provider.apps:
            if app.fcm not in provider.fcm:
                yield f"{at}.apps.{app.id}: no FCM project is called {app.fcm!r}"
        for upstream in provider.upstreams:
            if upstream.recipient and upstream.recipient not in recipients:
                yield f"{at}.upstreams.{upstream.id}: no recipient is called {upstream.recipient!r}"
            if upstream.domain == settings.devices.realm:
                yield f"{at}.upstreams.{upstream.id}: devices.realm must differ from its domain"


def _unusable_addresses(settings: Settings) -> Iterator[str]:
    """Where to listen needs a port, for phones and PBXs to find it again; whom to trust needs to be an address."""
    listening = {"http": settings.http.listen, "devices": settings.devices.listen, "pbx_side": settings.pbx_side.listen}
    for name, listen in listening.items():
        if not address_of(listen)[1]:
            yield f"{name}.listen: no port in {listen!r}"
    trusted = {"http.trusted_proxies": settings.http.trusted_proxies}
    for provider in settings.providers:
        for upstream in provider.upstreams:
            trusted[f"providers.{provider.id}.upstreams.{upstream.id}.sources"] = upstream.sources
    for where, texts in trusted.items():
        for text in texts:
            if not _is_network(text):
                yield f"{where}: not an address or network: {text!r}"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _doubled(where: str, names: list[str]) -> Iterator[str]:
    for name in {name for name in names if names.count(name) > 1}:
        yield f"{where}: {name!r} stands there twice"
