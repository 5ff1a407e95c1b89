"""What waits: sockets, the event loop, framed Unix sockets. No judgement."""
