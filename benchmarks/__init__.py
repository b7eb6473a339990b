"""Benchmarks: ours beside its peers, in one run, on one machine.

    python -m benchmarks --> registrations, calls, scale, latency, kernel --> Figure --> table, docs/benchmarks.md
                                  |  start, ask, read CPU and memory from /proc
                                  +--> gateway.py      our SIP side, alone in a process           (measured)
                                  +--> Kamailio, sippy in processes of their own                  (measured)
                                  '--> caller.py       plays the PBX and the phones, by raw sockets (not measured)

Invariants: who loads is never who is measured, and shares no code with it; a ratio's two sides come from the same run.
Refuses: to time anything by the wall where CPU time tells it: these machines are shared.
"""
