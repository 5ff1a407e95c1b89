"""Every claim about the application state holds on each engine it can stand on."""

from tests.engines import database, engine

__all__ = ["database", "engine"]
