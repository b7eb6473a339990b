"""What Ringfence calls outside: one package per service, each behind a port that one of our services declares.

    services (wake) --Push--> senders/{fcm,apns,webpush,acrobits} --EgressClient (privacy.egress)--> the push service
                                 └── delivery: when a push is tried again, for all of them

Invariants: nothing leaves but through the egress client; a sender keeps nothing about people and knows no other sender.
Refuses: to repeat what may have been delivered.
"""

__all__: list[str] = []
