"""The shape of the configuration file: every key with its unit, its default and the reason for it.

Unknown keys are refused, so that a misspelt one can't be silently without effect.
"""

from typing import Annotated

import msgspec

from ringfence.settings.pushing import (
    AcrobitsFileSettings,
    ApnsFileSettings,
    AppSettings,
    FcmFileSettings,
    WebPushFileSettings,
)

__all__ = [
    "DevicesSettings",
    "FaceSettings",
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
]


def _says(text: str, example: object = None) -> msgspec.Meta:
    return msgspec.Meta(description=text, examples=None if example is None else [example])


class InstallationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The machine this runs on."""

    data: Annotated[
        str, _says("folder for databases, keys, tombstones and logs; made with mode 0700", "/var/lib/ringfence")
    ]
    database: Annotated[
        str, _says("URL of the main database; empty: SQLite in the data folder, which carries one machine well")
    ] = ""
    backup_days: Annotated[
        int,
        msgspec.Meta(ge=1, le=6),
        _says("days for which a backup can be opened; always shorter than the seven days in which a person is gone"),
    ] = 3
    reachable_days: Annotated[
        int, msgspec.Meta(ge=3, le=6), _says("days without a sign of life after which a push token is erased")
    ] = 3


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The HTTP API and the pages."""

    listen: Annotated[str, _says("address:port")] = "127.0.0.1:8443"
    public_url: Annotated[
        str,
        msgspec.Meta(pattern="^https://[^/]+/?$"),
        _says("how phones reach it, without a path; https, since secrets go that way", "https://push.example.net"),
    ]
    certificate: Annotated[str, _says("PEM file with the chain; empty only behind a proxy on this machine")] = ""
    key: Annotated[str, _says("PEM file with the private key")] = ""
    trusted_proxies: Annotated[
        list[str], _says("addresses of proxies that end TLS for us and set X-Forwarded-Proto and X-Forwarded-For")
    ] = []


class DevicesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where phones connect by SIP."""

    listen: Annotated[str, _says("address:port of the TLS listener")] = "0.0.0.0:5061"
    also: Annotated[list[str], _says("further addresses of it, for the other version of IP", "[::]:5061")] = []
    public: Annotated[
        str, _says("host:port as phones dial it; the certificate must name the host", "sip.example.net:5061")
    ]
    certificate: Annotated[str, _says("PEM file with the chain")]
    key: Annotated[str, _says("PEM file with the private key")]
    plain: Annotated[
        str,
        _says("address:port for phones that can't encrypt, by UDP and TCP; empty: none; who listens on the way hears"),
    ] = ""
    plain_public: Annotated[
        str, _says("host:port as those phones dial it; empty: as plain, which then must be no wildcard")
    ] = ""
    plain_from: Annotated[
        list[str], _says("networks whose phones may come unencrypted, beside this machine", "192.0.2.0/24")
    ] = []
    realm: Annotated[str, _says("digest realm of our own; must differ from every PBX's")] = "ringfence"
    digest: Annotated[
        str,
        msgspec.Meta(pattern="^(both|MD5)$"),
        _says(
            "both: SHA-256 or MD5, as a phone likes; MD5: for phones that give up when they see another (baresip 1.0)"
        ),
    ] = "both"


class FaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One more address towards PBXs: of the other version of IP, or for TLS; one of each kind at most."""

    listen: Annotated[str, _says("address:port", "[2001:db8::20]:5070")]
    advertised: Annotated[
        str, _says("host:port put into Contact and Via; empty: as listen, which then must be no wildcard")
    ] = ""
    tls: Annotated[bool, _says("whether it speaks TLS, and nothing else; a PBX with transport tls needs one")] = False


class PbxSideSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The address from which PBXs are spoken to, by UDP and TCP."""

    listen: Annotated[str, _says("address:port; the PBXs must be able to reach it")] = "0.0.0.0:5070"
    advertised: Annotated[
        str, _says("host:port put into Contact and Via; empty: as listen, which then must be no wildcard")
    ] = ""
    also: Annotated[list[FaceSettings], _says("further addresses")] = []
    certificate: Annotated[
        str, _says("PEM file with the chain shown to PBXs that connect by TLS; empty: that of devices")
    ] = ""
    key: Annotated[str, _says("PEM file with the private key; empty: that of devices")] = ""
    resolver: Annotated[
        str, _says("address:port of the name server for PBXs' names; empty: those of the machine", "127.0.0.1:53")
    ] = ""


class UpstreamFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One PBX of a provider."""

    id: Annotated[str, _says("a short name of your own", "pbx1")]
    domain: Annotated[str, _says("the SIP domain of its accounts", "example.net")]
    address: Annotated[
        str, _says("host:port of its registrar or outbound proxy; empty: by RFC 3263 from the domain")
    ] = ""
    transport: Annotated[str, msgspec.Meta(pattern="^(udp|tcp|tls)$"), _says("udp, tcp or tls")] = "udp"
    tls_name: Annotated[
        str, _says("the SIP domain that its certificate must bear (RFC 5922: no wildcards); empty: domain")
    ] = ""
    tls_authorities: Annotated[
        str, _says("PEM file with the authorities that its certificate may be of; empty: those of the machine")
    ] = ""
    tls_certificate: Annotated[str, _says("PEM file with the certificate that we show it; empty: none")] = ""
    tls_key: Annotated[str, _says("PEM file with the key to it; empty: in the same file")] = ""
    advertised: Annotated[
        str, _says("host:port at which this one reaches us, where that differs from pbx_side; empty: as pbx_side says")
    ] = ""
    sources: Annotated[list[str], _says("addresses from which its calls come; empty: the address above")] = []
    recipient: Annotated[
        str, _says("which of the recipients runs it; empty: the provider itself, in its own country")
    ] = ""
    expires: Annotated[
        int, msgspec.Meta(ge=60, le=86400), _says("seconds asked for; ten minutes find a lost binding soon enough")
    ] = 600
    rate: Annotated[
        int, msgspec.Meta(ge=1), _says("REGISTERs a second at most; a PBX on one core takes some thousands")
    ] = 100
    contact_style: Annotated[
        str,
        msgspec.Meta(pattern="^(opaque|aor)$"),
        _says("user part of our Contact: opaque, or aor where a PBX insists"),
    ] = "opaque"
    single_contact: Annotated[
        bool, _says("whether it keeps one contact an account; we then un-register only where that hits nobody else")
    ] = False
    realm: Annotated[str, _says("digest realm that it must challenge in; empty: whichever it does")] = ""
    progress: Annotated[
        str, msgspec.Meta(pattern="^(none|180)$"), _says("what the caller hears while the phone wakes")
    ] = "180"
    ring_seconds: Annotated[
        int, msgspec.Meta(ge=5, le=180), _says("how long a call is held; longer than PBXs usually ring")
    ] = 60
    failures_account: Annotated[
        int, msgspec.Meta(ge=1), _says("wrong passwords for one account in ten minutes that the PBX may see")
    ] = 5
    failures_upstream: Annotated[
        int, msgspec.Meta(ge=1), _says("the same for all accounts together; stay below what gets us banned there")
    ] = 50


class MechanismSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transfer mechanism that was concluded with a recipient."""

    id: Annotated[str, _says("as in the mechanism table", "eu-us-dpf")]
    since: Annotated[str, _says("ISO date")]
    until: Annotated[str, _says("ISO date of the last day, where it ends")] = ""
    document: Annotated[str, _says("where the contract or certificate is filed")] = ""


class RecipientSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who receives something from us."""

    id: Annotated[str, _says("a short name of your own", "google")]
    name: Annotated[str, _says("as the notice names it", "Google Ireland Ltd (Firebase Cloud Messaging)")]
    role: Annotated[
        str,
        msgspec.Meta(pattern="^(processor|controller|joint_controller)$"),
        _says("processor, controller or joint_controller"),
    ] = "processor"
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$"), _says("ISO 3166-1 alpha-2", "US")]
    contract: Annotated[str, _says("where the Art. 28 contract is filed; a processor needs one")] = ""
    privacy_contact: Annotated[
        str,
        msgspec.Meta(pattern="^([^@ ]+@[^@ ]+)?$"),
        _says(
            "mail address that is told of corrections, erasures and restrictions (Art. 19 GDPR); empty: an officer "
            "tells them by hand",
            "privacy@push.example",
        ),
    ] = ""
    mechanisms: Annotated[list[MechanismSettings], _says("in order; the first that holds on the day is used")] = []
    origins: Annotated[list[str], _says("its places, https://host[:port]; empty: those of what it is used for")] = []


class MailFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The mail relay through which the provider writes to its people: answers, announcements."""

    host: Annotated[str, _says("the relay's name, as in its certificate", "mail.example.net")]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535), _says("465 for tls, 587 for starttls")] = 587
    security: Annotated[
        str, msgspec.Meta(pattern="^(starttls|tls)$"), _says("how the connection is encrypted; never without")
    ] = "starttls"
    user: Annotated[str, _says("user name at the relay; empty: it asks for none")] = ""
    password_file: Annotated[str, _says("file with the password, readable by its owner alone")] = ""
    sender: Annotated[str, _says("address that mails come from", "privacy@example.net")]
    sender_name: Annotated[str, _says("name beside it; empty: the provider's")] = ""
    recipient: Annotated[
        str, _says("which of the recipients runs the relay; empty: the provider itself, in its own country")
    ] = ""
    authority_file: Annotated[str, _says("PEM file of an authority for a relay of your own; empty: the system's")] = ""


class SmsFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The text message service that brings PINs, asked by a POST of its own shape."""

    url: Annotated[str, _says("where it is asked", "https://sms.example.net/send")]
    recipient: Annotated[str, _says("which of the recipients it is")]
    form: Annotated[str, msgspec.Meta(pattern="^(json|form)$"), _says("how the request is written")] = "json"
    template: Annotated[str, _says("a JSON object whose strings hold {number} and {text}; as a form, its fields")] = (
        '{"to": "{number}", "text": "{text}"}'
    )
    plus: Annotated[bool, _says("whether the number bears its leading plus sign")] = True
    key_header: Annotated[str, _says("header that bears the content of the key file")] = "Authorization"
    key_file: Annotated[str, _says("file with that header's value, readable by its owner alone")] = ""


class MailboxFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The mailbox of the privacy officer, read by IMAP over TLS: each mail becomes a request."""

    host: Annotated[str, _says("the mail server's name, as in its certificate", "imap.example.net")]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535), _says("of IMAP over TLS")] = 993
    user: Annotated[str, _says("user name")]
    password_file: Annotated[str, _says("file with the password, readable by its owner alone")]
    folder: Annotated[str, _says("folder that is read; mails stay in it, marked as seen")] = "INBOX"
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60), _says("minutes between two visits")] = 5


class RequestsFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How people are answered. What the law says stands in its tables and can't be set."""

    automatic: Annotated[
        list[str],
        _says(
            "kinds of request that are granted at once to whoever signed in: access, recipients, portability, "
            "withdrawal, erasure, restriction"
        ),
    ] = msgspec.field(default_factory=lambda: ["access", "recipients", "withdrawal"])
    package_days: Annotated[
        int, msgspec.Meta(ge=1, le=30), _says("days for which a copy of one's data can be fetched")
    ] = 14
    further_copy_fee: Annotated[
        int, msgspec.Meta(ge=0, le=5000), _says("cents for a further copy within a year; the first is free")
    ] = 0
    recourse: Annotated[str, _says("an independent body that a complaint can go on to, beside the authority")] = ""


class MarketingFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What people can say yes to in marketing: each partner and each channel apart."""

    channels: Annotated[list[str], _says("mail, sms, call, push")]
    partners: Annotated[list[str], _says("recipients that would use the data, beside the provider itself")] = []


class ParagraphSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A paragraph of the provider's own in its notice; readers are told whose it is."""

    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}$"), _says("of the text", "de")]
    heading: Annotated[str, _says("its heading")]
    text: Annotated[str, _says("its text, in plain words")]


class ProviderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A telephone provider: the controller of its subscribers' data."""

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,32}$"), _says("a short name of your own", "example")]
    name: Annotated[str, _says("as the notice names it")]
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$"), _says("ISO 3166-1 alpha-2", "DE")]
    controller: Annotated[str, _says("name and postal address of the controller; no provider goes live without")]
    privacy_officer: Annotated[str, _says("how to reach the data protection officer; no provider goes live without")]
    supervisory_authority: Annotated[
        str, _says("the authority that complaints go to; empty: the country's, as the tables of the law have it")
    ] = ""
    operator: Annotated[str, _says("who runs this installation; empty: the provider itself")] = ""
    minimum_age: Annotated[
        int, msgspec.Meta(ge=13, le=18), _says("years; the stricter of this and the country's rule")
    ] = 16
    hosted_in: Annotated[
        str, msgspec.Meta(pattern="^([A-Z]{2})?$"), _says("country in which the server stands; empty: the provider's")
    ] = ""
    operator_decides: Annotated[
        list[str], _says("activities for which the operator is a controller of its own, such as billing or security")
    ] = []
    language: Annotated[
        str, msgspec.Meta(pattern="^[a-z]{2}$"), _says("of letters to people whose language is not known")
    ] = "en"
    features: Annotated[
        list[str],
        _says(
            "what rests on consent and is in use: contacts, location, media, calendar, analytics, logs; each is off "
            "until a person says yes"
        ),
    ] = []
    marketing: Annotated[MarketingFileSettings | None, _says("marketing by consent; none: not even asked")] = None
    paragraphs: Annotated[list[ParagraphSettings], _says("paragraphs of your own in the notice")] = []
    retention_days: Annotated[
        dict[str, int], _says("tables to be kept for fewer days than declared; never for more")
    ] = {}
    financial_year_end: Annotated[
        str, msgspec.Meta(pattern="^[0-9]{2}-[0-9]{2}$"), _says("month and day; invoices are kept from there on")
    ] = "12-31"
    requests: Annotated[RequestsFileSettings, _says("how people are answered")] = RequestsFileSettings()
    pin: Annotated[
        str,
        msgspec.Meta(pattern="^(none|message|sms)$"),
        _says("how a PIN reaches a number: by a SIP MESSAGE of the PBX, by the text message service, or not at all"),
    ] = "none"
    mail: Annotated[MailFileSettings | None, _says("the mail relay; none: nobody is written to")] = None
    sms: Annotated[SmsFileSettings | None, _says("the text message service")] = None
    mailbox: Annotated[MailboxFileSettings | None, _says("the privacy officer's mailbox; none: not read")] = None
    regime: Annotated[
        str, msgspec.Meta(pattern="^(EU|UK|CH)$"), _says("whose transfer rules the exporter is under")
    ] = "EU"
    places: Annotated[list[str], _says("countries that data may go to; empty: wherever the law allows")] = []
    authority_file: Annotated[
        str, _says("PEM file of an authority for recipients inside your own network; empty: the system's")
    ] = ""
    upstreams: Annotated[list[UpstreamFileSettings], _says("its PBXs")]
    apps: Annotated[list[AppSettings], _says("the apps that may enrol")] = []
    fcm: Annotated[dict[str, FcmFileSettings], _says("its Firebase projects, by a name of your own")] = {}
    apns: Annotated[dict[str, ApnsFileSettings], _says("its keys for iOS apps, by a name of your own")] = {}
    webpush: Annotated[WebPushFileSettings | None, _says("push services of browsers, and of UnifiedPush")] = None
    acrobits: Annotated[AcrobitsFileSettings | None, _says("the push mediator of Acrobits")] = None
    recipients: Annotated[list[RecipientSettings], _says("who receives something")] = []


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    installation: InstallationSettings
    http: HttpSettings
    devices: DevicesSettings
    pbx_side: PbxSideSettings
    providers: list[ProviderSettings]
