"""The gateway: who answers SIP, towards the PBX and towards devices.

    PBX  --UpstreamDoor--> Endpoint <--DeviceDoor-- devices
                              |
             keeper (our REGISTERs upstream)   registrar (devices' REGISTERs)   calls (INVITE and all that follows)
             prover (is this account theirs?)  guard (who is this device?)
                              |
                 services.reachability.Accounts

Invariants: one timer for all transactions; a request is answered once; a handler's defect costs its own request only;
no password outlives the call that brought it; an account has at most one REGISTER under way.

Refuses: requests from a PBX's side by anybody who is no configured source, devices on plain transports from elsewhere
than the settings allow, requests of devices that have not shown their own secret, methods nobody handles.
"""
