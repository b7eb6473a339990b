"""The words that declarations use: closed lists, each word with the sentence that explains it.

Append members freely; never rename one whose code or name is stored (`Keep` names are bound into every sealed value).
"""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Self

from ringfence.clock import DAY

__all__ = ["Basis", "Category", "IdentifierKind", "Keep", "Medium", "Purpose", "Role", "Source"]

_YEAR = 366 * DAY  # no term may end a day before the calendar does


class _Word(Enum):
    """An enum member made of a stable code and a sentence."""

    sentence: str

    def __new__(cls, code: str, sentence: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.sentence = sentence
        return member


@unique
class Category(_Word):
    """What kind of datum it is."""

    SIP_ADDRESS = "sip_address", "The SIP address (address-of-record) of the account."
    AUTH_USER = "auth_user", "The user name with which the account authenticates at the PBX."
    SIP_CREDENTIAL = "sip_credential", "The digest secret (HA1) of the account; it works like the password."
    RETURN_MARK = (
        "return_mark",
        "A mark, under a key of this server, of the account's digest secret: it shows that the same person comes back.",
    )
    DEVICE_SECRET = "device_secret", "The secret with which a device authenticates at Ringfence."
    DEVICE = "device", "What a device is: platform, model, app build."
    DEVICE_KEY = "device_key", "The public key of a device, to which caller data is sealed."
    PUSH_TOKEN = "push_token", "The address at which a push service reaches one app on one device."
    REGISTRATION = "registration", "Where and since when a device or account is registered."
    NETWORK_ADDRESS = "network_address", "IP address and port from which somebody connects."
    CALLER = "caller", "Who calls: the number, address and display name that the call carries."
    CALLEE = "callee", "Who is called: the number or address that the call carries."
    CALL_TIME = "call_time", "When a call came, how long it rang and how it ended."
    MESSAGE = "message", "The text of a message."
    MEDIA = "media", "The voice or picture of a call, on its way through."
    AGREEMENT = "agreement", "That terms of a version were agreed to, when, and by what act."
    NOTICE = "notice", "That a notice of a version was shown, and when."
    CONSENT = "consent", "That a consent was given or withdrawn, when, and by what act."
    AGE = "age", "That a person said to be old enough; no date of birth."
    ACTIVITY = "activity", "When the app or a device was last seen."
    CONTACT_DETAIL = "contact_detail", "A mail address or phone number at which a person is told something."
    DISCLOSURE = "disclosure", "That something was passed on: what kind of data, to whom, between which days."
    RIGHTS_REQUEST = "rights_request", "That a person asked for something, when, and what became of it."
    CORRESPONDENCE = "correspondence", "Letters and messages between a person and the provider about a request."
    NAME = "name", "The name by which a person is addressed."
    IDENTITY_EVIDENCE = (
        "identity_evidence",
        "What showed who somebody is: which kinds of document were seen, and a redacted copy where one was needed.",
    )
    MANDATE = (
        "mandate",
        "That somebody acts for a person: as representative, parent or heir, and the paper that says so.",
    )
    HOLD = "hold", "That something is kept longer than promised: what, why, and until when."
    RESTRICTION = "restriction", "That data is only stored and not used while a question about it is open."
    LOOK = "look", "That a member of staff looked at a person's data: when, what for, and at which kind of data."
    INVOICE = "invoice", "What stands on an invoice: number, day, who was billed for what, and the amounts."
    CUSTOMER_NUMBER = "customer_number", "The number under which the provider's books know a customer."
    PASSKEY = "passkey", "The public half of a passkey, with which a person signs in."
    STAFF_ACCOUNT = (
        "staff_account",
        "A member of staff: name, mail address, roles, and the confidentiality they accepted.",
    )
    STAFF_CREDENTIAL = (
        "staff_credential",
        "How a member of staff signs in: password digest, one-time code secret, passkey.",
    )
    ANNOUNCEMENT = "announcement", "That a coming change was announced to a person, by which way, and when."


@unique
class Basis(_Word):
    """Why the law allows it: Article 6(1) GDPR."""

    CONSENT = "consent", "The person has consented (Article 6(1)(a) GDPR)."
    CONTRACT = "contract", "The contract with the person needs it (Article 6(1)(b) GDPR)."
    LEGAL_OBLIGATION = "legal_obligation", "The law demands it of the controller (Article 6(1)(c) GDPR)."
    LEGITIMATE_INTEREST = (
        "legitimate_interest",
        "The controller or another has a legitimate interest that outweighs (Article 6(1)(f) GDPR).",
    )


@unique
class Purpose(Enum):
    """What a datum serves; a purpose carries its lawful basis."""

    ENROL = "enrol", Basis.CONTRACT, "To set up the account on the person's devices."
    KEEP_REGISTERED = "keep_registered", Basis.CONTRACT, "To keep the account registered at the PBX while phones sleep."
    AUTHENTICATE_DEVICE = "authenticate_device", Basis.CONTRACT, "To know that a device is the one that was enrolled."
    WAKE_DEVICE = "wake_device", Basis.CONTRACT, "To wake a sleeping device for a call or message."
    DELIVER_CALL = "deliver_call", Basis.CONTRACT, "To bring a call or message to the person's devices."
    SHOW_MISSED = (
        "show_missed",
        Basis.CONTRACT,
        "To show the person calls and messages that came while no device answered.",
    )
    END_OF_LIFE = "end_of_life", Basis.CONTRACT, "To erase what is no longer used, and to warn before that."
    PROVE_AGREEMENT = (
        "prove_agreement",
        Basis.LEGAL_OBLIGATION,
        "To be able to show what was shown, agreed and consented to (Articles 5(2) and 7(1) GDPR).",
    )
    ANSWER_RIGHTS = (
        "answer_rights",
        Basis.LEGAL_OBLIGATION,
        "To answer a person who uses their rights (Article 12 GDPR).",
    )
    ACCOUNT_FOR_DISCLOSURE = (
        "account_for_disclosure",
        Basis.LEGAL_OBLIGATION,
        "To be able to tell to whom data was disclosed (Articles 15(1)(c) and 19 GDPR).",
    )
    SIGN_IN = "sign_in", Basis.CONTRACT, "To let the person, and nobody else, see and steer what is kept about them."
    PROVE_IDENTITY = (
        "prove_identity",
        Basis.LEGAL_OBLIGATION,
        "To make sure that an answer goes to the right person (Article 12(6) GDPR).",
    )
    ANNOUNCE = (
        "announce",
        Basis.LEGAL_OBLIGATION,
        "To tell people of a change before it takes effect (Article 13(3) GDPR).",
    )
    ACCOUNT_FOR_LOOKS = (
        "account_for_looks",
        Basis.LEGAL_OBLIGATION,
        "To be able to tell when and why staff looked at a person's data (Articles 5(2) and 15 GDPR).",
    )
    KEEP_ACCOUNTS = (
        "keep_accounts",
        Basis.LEGAL_OBLIGATION,
        "To keep invoices as long as the law on bookkeeping and taxes demands.",
    )
    OBEY_HOLD = "obey_hold", Basis.LEGAL_OBLIGATION, "To keep what a law, a court or an authority forbids to erase."
    RUN_CONSOLE = (
        "run_console",
        Basis.LEGITIMATE_INTEREST,
        "To let the provider's staff do their work, and to know who did what.",
    )
    SYNC_CONTACTS = "sync_contacts", Basis.CONSENT, "To keep the person's address book in step on their devices."
    USE_LOCATION = "use_location", Basis.CONSENT, "To use the device's location for the features that the person chose."
    SEND_MEDIA = "send_media", Basis.CONSENT, "To send pictures and files that the person picked."
    SHOW_CALENDAR = "show_calendar", Basis.CONSENT, "To show others when the person is free or busy."
    COUNT_USAGE = "count_usage", Basis.CONSENT, "To count how the app is used, in figures that identify nobody."
    TROUBLESHOOT = "troubleshoot", Basis.CONSENT, "To find the cause of a fault with logs that the person sends."
    MARKETING = "marketing", Basis.CONSENT, "To tell the person of the provider's own offers."
    SECURE = "secure", Basis.LEGITIMATE_INTEREST, "To keep the service safe from abuse and failure."

    basis: Basis
    sentence: str

    def __new__(cls, code: str, basis: Basis, sentence: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.basis = basis
        member.sentence = sentence
        return member


@unique
class Source(_Word):
    """Where a datum comes from (Article 14(2)(f) GDPR)."""

    PERSON = "person", "The person gave it."
    DEVICE = "device", "The person's app or device sent it."
    PBX = "pbx", "The provider's PBX sent it."
    OTHER_PARTY = "other_party", "The other party of a call or message sent it."
    GENERATED = "generated", "Ringfence made it."
    PROVIDER = "provider", "The provider's staff or systems entered it."
    REPRESENTATIVE = "representative", "Somebody who acts for the person gave it."
    CLIENT = "client", "Another customer of the provider, such as the person's employer, gave it."
    PAYMENT_PROCESSOR = "payment_processor", "A payment service sent it."


@unique
class Role(_Word):
    """Who receives a flow."""

    PERSON = "person", "The person, on their own devices."
    PBX = "pbx", "The provider's own PBX."
    OTHER_PARTY = "other_party", "The other party of the call or message."
    PUSH_SERVICE = "push_service", "The push service of the device's maker."
    OPERATOR = "operator", "The operator of this installation."
    STAFF = "staff", "The provider's own staff, at the console."
    MAIL_SERVICE = "mail_service", "The provider's mail service, on its way to the person."
    SMS_SERVICE = "sms_service", "The text message service that the provider chose, on its way to the person."
    OTHER_CONTROLLER = "other_controller", "Another controller, to whom the person asked to have their data sent."


@unique
class Medium(_Word):
    """How a flow travels, or where it rests outside the tables."""

    PUSH = "push", "A push message."
    SIP = "sip", "A SIP message."
    HTTP = "http", "An HTTP request or answer."
    MEDIA = "media", "A media stream."
    MAIL = "mail", "A mail."
    SMS = "sms", "A text message."
    LOG = "log", "A log line."
    FILE = "file", "A file outside the databases."
    MEMORY = "memory", "The memory of the running process, never written."


@unique
class IdentifierKind(Enum):
    """What the keyring can find a person by; it keeps a blinded value, never the identifier."""

    SIP_ADDRESS = "sip_address", True, "The SIP address of an account, without scheme."
    PHONE_NUMBER = "phone_number", True, "A telephone number (E.164)."
    MAIL = "mail", True, "A mail address."
    API_TOKEN = "api_token", False, "A bearer token of a device."
    PUSH_TOKEN = "push_token", False, "The push token of a device."
    DEVICE_USER = "device_user", False, "The SIP user name of a device at Ringfence."
    PASSKEY = "passkey", False, "The credential id of a passkey."
    CUSTOMER_NUMBER = "customer_number", True, "The number under which the provider's books know a customer."
    STAFF_MAIL = "staff_mail", True, "The mail address with which a member of staff signs in."
    LEDGER_REF = "ledger_ref", True, "The reference under which the ledger speaks of a person."

    backed_up: bool
    sentence: str

    def __new__(cls, code: str, backed_up: bool, sentence: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.backed_up = backed_up
        member.sentence = sentence
        return member


@dataclass(frozen=True, slots=True)
class Term:
    """A retention class: how long, from when, under which kind of key."""

    seconds: float | None
    """Longest time that a row may stay after `starts`; None: as long as the state that `starts` names lasts."""
    starts: str
    """The event from which the term runs, or the state during which it does not."""
    sentence: str
    backed_up: bool = True
    """False: the keys of this class go into no backup, so that a restored backup opens none of it."""
    period: float | None = None
    """Seconds of due time that share a key; when they are over the key goes, and copies of the rows with it."""
    survives: bool = False
    """True: the law wants these rows kept, each until its own `due`, also when their person is erased."""
    found_by: tuple[IdentifierKind, ...] = ()
    """Identifiers that must go on leading to rows that survive: by these an auditor asks for them."""
    blockable: bool = False
    """True: where a country wants data blocked before it is destroyed, it is this class that could show a liability."""


@unique
class Keep(Enum):
    """How long a table keeps a row; a policy may shorten a term, never lengthen it."""

    WHILE_ENROLLED = Term(None, "the account is enrolled", "As long as the account is enrolled.")
    CREDENTIAL = Term(
        None,
        "the account is enrolled",
        "As long as a device of the account is enrolled; never in a backup.",
        backed_up=False,
    )
    WHILE_REACHABLE = Term(
        6 * DAY,
        "the device was last heard of",
        "Until push is switched off, or 3 days (by policy up to 6) after the device was last heard of; in no backup.",
        backed_up=False,
    )
    SHORT_CALLS = Term(
        7 * DAY,
        "the call or message came",
        "Until it was delivered to the person's devices, 7 days at most.",
        period=DAY,
    )
    EVIDENCE = Term(
        None,
        "the account is enrolled",
        "As long as the account is enrolled, to be able to show it.",
        blockable=True,
    )
    CERTIFICATE = Term(
        7 * DAY,
        "the erasure was asked for",
        "Until the certificate of erasure was delivered, 7 days at most.",
        period=DAY,
    )
    REQUEST = Term(
        3 * _YEAR + _YEAR,
        "the request was answered",
        "Until claims about the answer have lapsed, three years after the end of the year of the answer, and no longer"
        " than the person's other data.",
        blockable=True,
    )
    IDENTITY_EVIDENCE = Term(
        120 * DAY,
        "the document was handed in",
        "Until it was decided who is asking, 120 days at most; never in a backup.",
        backed_up=False,
        period=DAY,
    )
    PACKAGE = Term(
        30 * DAY,
        "the package was made",
        "Until the package has expired, 30 days at most; never in a backup.",
        backed_up=False,
        period=DAY,
    )
    SNAPSHOT = Term(
        210 * DAY,
        "the request came",
        "Until the request that it was copied for is answered or closed, 210 days at most; never in a backup.",
        backed_up=False,
        period=DAY,
    )
    SIGN_IN = Term(
        None, "the account is enrolled", "As long as the account is enrolled; never in a backup.", backed_up=False
    )
    LOOK = Term(
        None,
        "the account is enrolled",
        "As long as the account is enrolled, to be able to tell who looked.",
        blockable=True,
    )
    INVOICE = Term(
        11 * _YEAR,
        "the financial year of the invoice ended",
        "As long as the country's law on bookkeeping and taxes demands, also after the person has left.",
        period=31 * DAY,
        survives=True,
        found_by=(IdentifierKind.CUSTOMER_NUMBER,),
    )
    STAFF = Term(None, "the member of staff has access", "As long as the member of staff has access to the console.")
    DISCLOSURE = Term(
        None,
        "the account is enrolled",
        "As long as the account is enrolled, to be able to tell who received what.",
        blockable=True,
    )

    def __init__(self, term: Term) -> None:
        # plain attributes, since they are read for every sealed row
        self.code: str = self._name_
        """The stable name: bound into sealed values and data keys."""
        self.seconds = term.seconds
        self.starts = term.starts
        self.sentence = term.sentence
        self.backed_up = term.backed_up
        self.period = term.period
        self.survives = term.survives
        self.found_by = term.found_by
        self.blockable = term.blockable
