"""Live shared state in one place: generations, approvals, unknown callers, limits."""
