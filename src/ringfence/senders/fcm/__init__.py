"""Firebase Cloud Messaging, HTTP v1.

    Wake --Push--> FcmSender --+-- message.body          what is posted
                               +-- AccessTokens          OAuth 2.0 for the service account, renewed 300 s early
                               +-- EgressClient          the gate's client: TLS, HTTP/2, limits
                               +-- answer.read           what came back means

Invariants: data-only messages; high priority for calls alone; the time to live ends with the call; at most one access
token is being fetched; a push is repeated only if it certainly was not processed, and never after its deadline.
Refuses: to take a token for dead when our own payload was at fault.
"""

from ringfence.senders.fcm.access_token import AccessRefused, AccessUnavailable
from ringfence.senders.fcm.flows import FCM_ACCESS
from ringfence.senders.fcm.sender import FcmSender
from ringfence.senders.fcm.settings import FcmSettings, ServiceAccount, ServiceAccountUnusable

__all__ = [
    "FCM_ACCESS",
    "AccessRefused",
    "AccessUnavailable",
    "FcmSender",
    "FcmSettings",
    "ServiceAccount",
    "ServiceAccountUnusable",
]
