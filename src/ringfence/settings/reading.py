"""Reading the configuration file, and nothing else: relative paths are of the file's own folder."""

import tomllib
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ringfence.settings.address import ConfigurationUnusable, address_of
from ringfence.settings.contradictions import contradictions
from ringfence.settings.file import ProviderSettings, Settings

__all__ = ["ConfigurationUnusable", "address_of", "load"]


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
    for problem in contradictions(settings):
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
        keys = {name: replace(entry, key_file=at(entry.key_file)) for name, entry in provider.apns.items()}
        mail, sms, mailbox = provider.mail, provider.sms, provider.mailbox
        upstreams = [
            replace(
                upstream,
                tls_authorities=at(upstream.tls_authorities),
                tls_certificate=at(upstream.tls_certificate),
                tls_key=at(upstream.tls_key),
            )
            for upstream in provider.upstreams
        ]
        return replace(
            provider,
            upstreams=upstreams,
            authority_file=at(provider.authority_file),
            fcm=projects,
            apns=keys,
            mail=mail and replace(mail, password_file=at(mail.password_file), authority_file=at(mail.authority_file)),
            sms=sms and replace(sms, key_file=at(sms.key_file)),
            mailbox=mailbox and replace(mailbox, password_file=at(mailbox.password_file)),
        )

    http, devices, pbx_side = settings.http, settings.devices, settings.pbx_side
    return replace(
        settings,
        installation=replace(settings.installation, data=at(settings.installation.data)),
        http=replace(http, certificate=at(http.certificate), key=at(http.key)),
        devices=replace(devices, certificate=at(devices.certificate), key=at(devices.key)),
        pbx_side=replace(pbx_side, certificate=at(pbx_side.certificate), key=at(pbx_side.key)),
        providers=[with_paths(provider) for provider in settings.providers],
    )
