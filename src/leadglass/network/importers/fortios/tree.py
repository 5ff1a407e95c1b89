"""A FortiOS configuration as a tree: tables, entries, settings, each with its line. Never what any of them means.

The skeleton (config, edit, next, end) must be whole: a file with a hole in it is refused with its line. What else
is not understood stays with the entry that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.importers.fortios.words import Fault, split

MAX_DEPTH = 12  # tables and entries within each other
MAX_LINES_OF_VALUE = 5_000  # a certificate bundle, a page for captive portals
ROOTS = frozenset({"system", "firewall", "router", "user", "vpn", "log"})
"""First words of tables that stand at the top: one within another table shows that an ``end`` is missing."""
LONG_VALUES = frozenset(
    {
        "buffer", "ca", "ca-cert", "certificate", "cert", "client-cert", "comment", "comments", "cacert",
        "content", "crl", "csr", "data", "description", "key", "html", "disclaimer-page", "image-base64",
        "public-key", "private-key", "script", "server-cert", "signature", "ssh-public-key1", "ssh-public-key2",
        "ssh-public-key3", "sso-cert", "idp-cert", "sp-cert", "message", "post-login-banner", "pre-login-banner",
        "text",
    }
)  # fmt: skip
"""Settings whose value may run over lines; in any other a quotation mark that is not closed is a fault of its line."""
_HINT = "hand in the whole backup of the FortiGate, as it was saved"


@dataclass(frozen=True, slots=True)
class Setting:
    """The words of a ``set`` after the name, and its line."""

    line: int
    values: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Node:
    """A table, or an entry of one.

    Attributes:
        name: "firewall policy" of a table, the key of an entry.
        lines: where it is opened; more than one where it is opened again, to add to it.
        settings: the last of each name, which counts.
        said: line and name of every ``set``, ``unset`` and ``append``.
        tables: within it.
        entries: of it, in the order that FortiOS keeps them.
        unread: lines in it that are no command.
    """

    name: str
    lines: list[int] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    said: list[tuple[int, str]] = field(default_factory=list)
    tables: dict[str, Node] = field(default_factory=dict)
    entries: dict[str, Node] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)

    @property
    def line(self) -> int:
        """Where it begins; 0 where the file has none."""
        return self.lines[0] if self.lines else 0

    def at(self, name: str) -> int:
        """The line of a setting, or where the node begins."""
        found = self.settings.get(name)
        return found.line if found is not None else self.line

    def get(self, name: str, otherwise: str = "") -> str:
        """The first word of a setting."""
        found = self.settings.get(name)
        return found.values[0] if found is not None and found.values else otherwise

    def all(self, name: str) -> tuple[str, ...]:
        """All words of a setting."""
        found = self.settings.get(name)
        return found.values if found is not None else ()

    def table(self, name: str) -> Node:
        """A table within it; an empty one where there is none."""
        return self.tables.get(name) or Node(name)

    def walk(self) -> Iterator[Node]:
        """It and all within it."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo += [*node.tables.values(), *node.entries.values()]


def read(lines: tuple[str, ...], file: str) -> Node:
    """The tree of a file.

    Args:
        lines: of its text; the first is number 1.
        file: its name.

    Raises:
        ConfigurationUnreadable: its skeleton is broken.
    """
    reader = _Reader(file)
    at = 0
    while at < len(lines):
        text = lines[at].strip()
        at += 1
        if not text or text[0] == "#":
            continue
        words, begun = split(text), at
        if words is Fault.OPEN:
            words, at = _long(lines, at)
        if isinstance(words, Fault):
            reader.here.unread.append(begun)
        else:
            reader.take(words, begun)
    if len(reader.path) > 1:
        raise ConfigurationUnreadable(
            f"the file ends within {reader.here.name!r}, which begins on line {reader.here.line}: it is cut off",
            _HINT,
            file,
            len(lines),
        )
    return reader.root


def _long(lines: tuple[str, ...], at: int) -> tuple[tuple[str, ...] | Fault, int]:
    """A setting whose value runs over lines, with the number of lines before the next; a fault where it may not."""
    first = lines[at - 1].split(None, 2)
    if len(first) < 3 or first[0] != "set" or first[1] not in LONG_VALUES or first[2][0] not in "\"'":
        return Fault.OPEN, at
    for last in range(at, min(at + MAX_LINES_OF_VALUE, len(lines))):
        if first[2][0] in lines[last]:
            words = split("\n".join(lines[at - 1 : last + 1]))
            if words is not Fault.OPEN:
                return words, at if isinstance(words, Fault) else last + 1
    return Fault.OPEN, at


class _Reader:
    """Where one pass over the commands stands: from the root through table, entry, table … to ``here``."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root = Node("", [1])
        self.path: list[tuple[Node, bool]] = [(self.root, False)]  # with whether it is an entry

    @property
    def here(self) -> Node:
        return self.path[-1][0]

    def take(self, words: tuple[str, ...], line: int) -> None:
        """What one command does."""
        command, rest = words[0], words[1:]
        inside = self.path[-1][1]
        if command == "config" and rest:
            self._config(" ".join(rest), line)
        elif command == "edit" and len(rest) == 1:
            self._edit(rest[0], line)
        elif words == ("next",):
            if not inside:
                raise self._broken("'next' without an 'edit' before it", line)
            self.path.pop()
        elif words == ("end",):
            if len(self.path) == 1:
                raise self._broken("'end' without a 'config' before it", line)
            del self.path[-2 if inside else -1 :]  # it leaves an open entry, too
        elif command in {"set", "unset", "append"} and rest and len(self.path) > 1:
            self._set(command, rest[0], rest[1:], line)
        elif not self._ordered(command, rest, inside=inside):
            self.here.unread.append(line)

    def _config(self, name: str, line: int) -> None:
        parent, inside = self.path[-1]
        top = len(self.path) == 1 or parent is self.root.tables.get("global") or (inside and len(self.path) == 3
              and self.path[1][0].name == "vdom")  # fmt: skip
        first, _, more = name.partition(" ")
        if not top and (name in {"global", "vdom"} or (more and first in ROOTS) or (parent.entries and not inside)):
            raise self._broken(f"{name!r} begins within {parent.name!r}: an 'end' is missing before it", line)
        self._open(parent.tables.setdefault(name, Node(name)), line, inside=False)

    def _edit(self, key: str, line: int) -> None:
        parent, inside = self.path[-1]
        if inside or len(self.path) == 1:
            missing = "a 'next'" if inside else "a 'config'"
            raise self._broken(f"'edit' where none can be: {missing} is missing before it", line)
        if key == "0":  # the next free number
            key = str(1 + max((int(one) for one in parent.entries if one.isdecimal()), default=0))
        self._open(parent.entries.setdefault(key, Node(key)), line, inside=True)

    def _open(self, node: Node, line: int, *, inside: bool) -> None:
        if len(self.path) >= MAX_DEPTH:
            raise self._broken(f"more than {MAX_DEPTH} tables within each other", line)
        node.lines.append(line)
        self.path.append((node, inside))

    def _set(self, command: str, name: str, values: tuple[str, ...], line: int) -> None:
        node = self.here
        node.said.append((line, name))
        if command == "unset":
            node.settings.pop(name, None)
        else:
            before = node.all(name) if command == "append" else ()
            node.settings[name] = Setting(line, (*before, *values))

    def _ordered(self, command: str, rest: tuple[str, ...], *, inside: bool) -> bool:
        """Commands on the entries of a table; whether it was one."""
        entries = self.here.entries
        if inside or len(self.path) == 1 or any(one not in entries for one in rest[::2]):
            return False
        if command == "delete" and len(rest) == 1:
            del entries[rest[0]]
        elif command == "move" and len(rest) == 3 and rest[1] in {"before", "after"} and rest[0] != rest[2]:
            order = [one for one in entries if one != rest[0]]
            order.insert(order.index(rest[2]) + (rest[1] == "after"), rest[0])
            self.here.entries = {one: entries[one] for one in order}
        else:
            return False
        return True

    def _broken(self, message: str, line: int) -> ConfigurationUnreadable:
        return ConfigurationUnreadable(message, _HINT, self.file, line)
