"""The supervisor: binds, starts, confines, restarts, drains, reloads."""
