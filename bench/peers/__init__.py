"""Peers that load every side alike: plain sockets and struct. Never a part of the product, never off loopback."""
