"""What keeps: journal, ledger files, application state, projection."""
