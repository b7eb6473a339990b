"""Acrobits' push mediator: the only way to builds of Acrobits, whose push keys their maker keeps.

    Wake --Push--> AcrobitsSender --+-- EgressClient      the gate's client
                                    +-- answer.read       what came back means; the status is in the body

https://doc.acrobits.net/api/server/http_push.html, https://doc.acrobits.net/sdk/pushes/sipisless.html

Invariants: neither name nor number is sent, and of the call only an identifier of our own; a push is repeated only if
it certainly was not processed.
Refuses: messages that their app would show to people in words of ours.
"""

from ringfence.senders.acrobits.sender import BASE_URL, AcrobitsSender

__all__ = ["BASE_URL", "AcrobitsSender"]
