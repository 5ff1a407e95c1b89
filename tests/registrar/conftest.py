"""The registrar keeps its state on either engine: what it promises about it holds on both."""

from tests.engines import database, engine

__all__ = ["database", "engine"]
