"""Web Push (RFC 8030) with VAPID (RFC 8292) and aes128gcm (RFC 8291): browsers, and UnifiedPush apps.

    Wake --Push--> WebPushSender --+-- protocols.webpush.encrypt   sealed for the subscription
                                   +-- Vapid                       who we are, for each push service apart
                                   +-- EgressClient                declared places, or public addresses alone
                                   +-- answer.read                 what came back means

A subscription is an address that the app gave us. It is either at one of the places that the operator has declared, or,
for UnifiedPush, wherever the person's own push server is: then the gate's client resolves its name once, refuses every
address that is not public, and connects to the one that it has checked.

Invariants: the body can be read by the subscriber alone, and its length says nothing; a later push about a call takes
the place of an earlier one that was not delivered; a push is repeated only if it certainly was not processed.
Refuses: keys that are no point of the curve.
"""

from ringfence.senders.webpush.sender import WebPushSender
from ringfence.senders.webpush.vapid import Vapid, VapidKey

__all__ = ["Vapid", "VapidKey", "WebPushSender"]
