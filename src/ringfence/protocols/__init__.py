"""Sans-IO protocols: bytes and `now` in, events and bytes out. No asyncio, socket, clock, randomness, SQL or logging."""
