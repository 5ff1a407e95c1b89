"""The vocabulary of Leadglass: frozen values that every layer may hold. No I/O, no behaviour."""
