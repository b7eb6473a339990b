"""What Ringfence calls outside: one package per service, each behind a port that one of our services declares.

    services (wake) --Push--> senders/fcm --EgressClient (privacy.egress)--> FCM

Invariants: nothing leaves but through the egress client; a sender keeps nothing about people and knows no other sender.
Refuses: to repeat what may have been delivered.
"""

__all__: list[str] = []
