"""The gateway: who answers SIP, towards the PBX and towards devices.

    PBX  --UpstreamDoor--> Endpoint <--DeviceDoor-- devices
                              |  guard (who is this device?)
         .--------------------+------------------.
      registrar                              exchange --> calls (held until a phone wakes), in_dialog, out_of_dialog
      (devices' REGISTERs)                       |
         '-----------> services.reachability.Accounts <-- keeper (our REGISTERs upstream, one line a PBX)
                                                          prover (is this account theirs?)
                                                          pin_message (a code to an account, by its PBX)

Invariants: one timer for all transactions; a request is answered once; a handler's defect costs its own request only;
no password outlives the call that brought it; an account has at most one REGISTER under way.

Refuses: requests from a PBX's side by anybody who is no configured source, devices on plain transports from elsewhere
than the settings allow, requests of devices that have not shown their own secret, methods nobody handles.
"""
