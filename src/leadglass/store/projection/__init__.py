"""The projection of the ledger, one file an engine."""
