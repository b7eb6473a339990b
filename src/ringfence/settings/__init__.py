"""Settings: the only reader of the configuration file.

    file.py       the shape: every key with unit, default and reason
    pushing.py    the shape of what wakes phones
    reading.py    TOML in, `Settings` out, or one clear error that names the key
    reference.py  docs/settings.md, made from the shape

`ringfence.app` hands each part its own small dataclass out of these.
"""

from ringfence.settings.file import (
    DevicesSettings,
    FaceSettings,
    HttpSettings,
    InstallationSettings,
    MailboxFileSettings,
    MailFileSettings,
    MarketingFileSettings,
    MechanismSettings,
    ParagraphSettings,
    PbxSideSettings,
    ProviderSettings,
    RecipientSettings,
    RequestsFileSettings,
    Settings,
    SmsFileSettings,
    UpstreamFileSettings,
)
from ringfence.settings.pushing import (
    AcrobitsFileSettings,
    ApnsFileSettings,
    AppSettings,
    FcmFileSettings,
    WebPushFileSettings,
)
from ringfence.settings.reading import ConfigurationUnusable, address_of, load
from ringfence.settings.reference import reference

__all__ = [
    "AcrobitsFileSettings",
    "ApnsFileSettings",
    "AppSettings",
    "ConfigurationUnusable",
    "DevicesSettings",
    "FaceSettings",
    "FcmFileSettings",
    "HttpSettings",
    "InstallationSettings",
    "MailFileSettings",
    "MailboxFileSettings",
    "MarketingFileSettings",
    "MechanismSettings",
    "ParagraphSettings",
    "PbxSideSettings",
    "ProviderSettings",
    "RecipientSettings",
    "RequestsFileSettings",
    "Settings",
    "SmsFileSettings",
    "UpstreamFileSettings",
    "WebPushFileSettings",
    "address_of",
    "load",
    "reference",
]
