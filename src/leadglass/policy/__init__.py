"""Who may do what: Cedar policies over the registry of peers. Pure."""
