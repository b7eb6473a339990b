"""Apple Push Notification service, HTTP/2.

    Wake --Push--> ApnsSender --+-- message.headers, body   what is posted: a call, or something that is none
                                +-- ProviderTokens          an ES256 token, reused for 40 minutes
                                +-- EgressClient            the gate's client, over HTTP/2 connections of our own
                                +-- answer.read             what came back means

Invariants: the token for calls carries calls alone; an expiration is an absolute instant and ends with the call; each
push keeps one apns-id through all tries; a push is repeated only if it certainly was not processed.
Refuses: to take a token for dead that the app brought after Apple lost it.
"""

from ringfence.senders.apns.flows import APNS_ACCESS
from ringfence.senders.apns.provider_token import ApnsKey, ApnsKeyUnusable
from ringfence.senders.apns.sender import AccessRefused, ApnsSender
from ringfence.senders.apns.settings import PRODUCTION, SANDBOX, ApnsSettings

__all__ = [
    "APNS_ACCESS",
    "PRODUCTION",
    "SANDBOX",
    "AccessRefused",
    "ApnsKey",
    "ApnsKeyUnusable",
    "ApnsSender",
    "ApnsSettings",
]
