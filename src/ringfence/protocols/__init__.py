"""Sans-IO protocols: bytes and `now` in, events and bytes out.

No asyncio, socket, clock, randomness, SQL or logging below this package: a contract in the build proves it.
"""
