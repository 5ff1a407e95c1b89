"""Application state: what people decided (users, sessions, peers), apart from what happened. Never holds a record."""
