"""Sans-IO protocols: bytes in, protocol events out, and back. Pure and bounded."""
