"""The words of one command, taken from the left. What does not fit is not understood; never guesses."""

from __future__ import annotations


class NotUnderstood(ValueError):  # noqa: N818 (a state of the line; never leaves an importer)
    """A line that says something this importer does not know."""


class Words:
    """The words that are left of a command.

    Args:
        words: of the line, in order.
    """

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def __len__(self) -> int:
        return len(self._words) - self._at

    @property
    def next(self) -> str:
        """The next word, in small letters; empty at the end."""
        return self._words[self._at].lower() if self else ""

    @property
    def second(self) -> str:
        """The word after the next, as written; empty where there is none."""
        return self._words[self._at + 1] if len(self) > 1 else ""

    def take(self) -> str:
        """The next word as written.

        Raises:
            NotUnderstood: there is none.
        """
        if not self:
            raise NotUnderstood("the line ends too early")
        self._at += 1
        return self._words[self._at - 1]

    def accept(self, *words: str) -> bool:
        """Take the words if all of them come next."""
        coming = [word.lower() for word in self._words[self._at : self._at + len(words)]]
        if coming != list(words):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> str:
        """The next word, in small letters, which must be one of these.

        Raises:
            NotUnderstood: it is another, or there is none.
        """
        taken = self.take().lower()
        if taken not in words:
            raise NotUnderstood(f"{taken!r} where {' or '.join(words)} was awaited")
        return taken

    def rest(self) -> list[str]:
        """All that is left; nothing is left after it."""
        left, self._at = self._words[self._at :], len(self._words)
        return left

    def end(self) -> None:
        """Nothing may be left.

        Raises:
            NotUnderstood: something is.
        """
        if self:
            raise NotUnderstood(f"{self.next!r} was not awaited")
