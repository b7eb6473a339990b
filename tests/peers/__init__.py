"""Real third-party programs, driven as their users drive them.

process.py    a program that is started, watched by its output, and ended
kamailio.py   the provider's PBX           sipp.py   callers and phones, by scenario
linphone.py   the phone, by linphonec      baresip.py   another, by RFC 5626
phone.py      a small TLS phone, where a test needs finer control
postgres.py   the other main database      fcm_standin.py   what can't be reached: FCM's HTTP contract
installation.py   Ringfence itself, as its operator runs it      seed.py   with a thousand accounts
canaries.py   what nobody may have written down
"""
