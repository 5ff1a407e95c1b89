"""Rules that close gaps, written for each vendor, with rollback and proof. Never pushed to a device."""
