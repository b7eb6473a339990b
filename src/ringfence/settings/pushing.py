"""The shape of what wakes phones: apps, and the push services that reach them."""

from typing import Annotated

import msgspec

__all__ = [
    "AcrobitsFileSettings",
    "ApnsFileSettings",
    "AppSettings",
    "FcmFileSettings",
    "WebPushFileSettings",
]


def _says(text: str, example: object = None) -> msgspec.Meta:
    return msgspec.Meta(description=text, examples=None if example is None else [example])


class FcmFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The Firebase project whose pushes wake an app."""

    service_account: Annotated[str, _says("the JSON file from the Firebase console")]
    recipient: Annotated[str, _says("which of the recipients it is")] = "google"
    base_url: Annotated[str, _says("another address only for a stand-in")] = "https://fcm.googleapis.com"


class ApnsFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The key by which an iOS app is pushed."""

    key_file: Annotated[str, _says("the .p8 file from the Apple developer account, readable by its owner alone")]
    key_id: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{10}$"), _says("its ten characters there", "ABC123DEFG")]
    team: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{10}$"), _says("the team's ten characters", "TEAM123456")]
    topic: Annotated[str, _says("the app's bundle identifier, without .voip", "net.example.phone")]
    sandbox: Annotated[bool, _says("whether the app is a build from Xcode, which Apple's sandbox pushes")] = False
    recipient: Annotated[str, _says("which of the recipients it is; one for each of these entries")] = "apple"
    base_url: Annotated[str, _says("another address only for a stand-in; empty: Apple's")] = ""


class WebPushFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Push services of browsers, which take messages from everybody who signs them; our key is made by itself."""

    contact: Annotated[
        str,
        msgspec.Meta(pattern="^(mailto:|https://).+"),
        _says("where a push service finds the operator", "mailto:operator@example.net"),
    ]
    recipients: Annotated[
        list[str], _says("which of the recipients they are; each names its places in `origins`", "mozilla")
    ] = []


class AcrobitsFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The push mediator of Acrobits, which alone can push their builds."""

    recipient: Annotated[str, _says("which of the recipients it is")] = "acrobits"
    base_url: Annotated[str, _says("another address only for a stand-in")] = "https://pnm.cloudsoftphone.com"


class AppSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A build of an app that may enrol."""

    id: Annotated[str, _says("what the app calls itself when it enrols", "linphone-example")]
    profile: Annotated[
        str,
        msgspec.Meta(pattern="^(ringfence|linphone|acrobits)$"),
        _says("what its push looks like; linphone, acrobits: what those builds expect"),
    ] = "ringfence"
    push: Annotated[
        str,
        msgspec.Meta(pattern="^(fcm|apns|webpush|unifiedpush|acrobits)$"),
        _says("what wakes it; unifiedpush: Web Push by a service that the person chooses, at any public address"),
    ] = "fcm"
    fcm: Annotated[str, _says("which of the FCM projects, for push = fcm")] = "default"
    apns: Annotated[str, _says("which of the APNs keys, for push = apns")] = "default"
