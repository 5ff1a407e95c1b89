"""A small certification authority for a hospital without one. The gateway needs none of it; no network."""
