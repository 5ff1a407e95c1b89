"""Who a browser's session belongs to, also while the application state cannot be read. Never lets a session outlive it.

While it cannot be read nobody can have ended a session through this console either: whoever was signed in at the last
look stays so, to see what is in force, for as long as a session without a request would last.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.store.appstate.sessions import IDLE, session_user, token_hash
from leadglass.store.appstate.users import User

MAX_REMEMBERED = 1_000


class SignedIn:
    """Bounded; used from several threads."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[User, int]] = OrderedDict()
        self._lock = threading.Lock()

    def user(self, engine: Engine, token: str, now: int, *, touch: bool) -> User | None:
        """As `session_user`.

        Raises:
            SQLAlchemyError: the application state cannot be read, and this session was not seen lately.
        """
        key = token_hash(token)
        try:
            user = session_user(engine, token, now, touch=touch)
        except SQLAlchemyError:
            with self._lock:
                seen = self._seen.get(key)
            if seen is None or seen[1] < now - IDLE:
                raise
            return seen[0]
        with self._lock:
            self._seen.pop(key, None)
            if user is not None:
                self._seen[key] = user, now
                while len(self._seen) > MAX_REMEMBERED:
                    self._seen.popitem(last=False)
        return user
