"""Whether two readings of a device let the same packets pass, over a whole network. And boxes that take commands."""

from __future__ import annotations

from leadglass.network.address import EVERY
from leadglass.network.compare import Comparison
from leadglass.network.device import Device
from leadglass.network.headers import Headers, common, headers, within
from leadglass.network.intervals import Intervals
from leadglass.network.permitted import real
from leadglass.network.prove import substitute
from leadglass.network.walk import walk


def same(comparison: Comparison, planned: Device, read: Device) -> None:
    """Both bounds between every two zones are the same sets."""
    for part in comparison.partition.parts:
        if part.addresses:
            bounds = [_arrived(comparison, device, part.addresses) for device in (planned, read)]
            for other in comparison.partition.parts:
                if other is not part and {part.name, other.name} != {"internet", "unassociated"}:
                    there = headers(destination=other.addresses)
                    for at, what in enumerate(("may", "must")):
                        mine, theirs = (common(one[at], there) for one in bounds)
                        assert within(mine, theirs), f"{what} {part.name} to {other.name}: planned more than read"
                        assert within(theirs, mine), f"{what} {part.name} to {other.name}: read more than planned"


def _arrived(comparison: Comparison, device: Device, origin: Intervals) -> tuple[Headers, Headers]:
    found = walk(substitute(comparison.net, {device.name: device}), origin, headers(origin, EVERY))
    return real(found.may), real(found.must)


class Asa:
    """An ASA that takes the commands that are written here, and shows its configuration."""

    def __init__(self, text: str) -> None:
        self.lines = text.removesuffix(": end\n").splitlines()

    def load(self, commands: str) -> None:
        skipping = False
        for line in commands.splitlines():
            words = line.split()
            if line.startswith(" "):
                if not skipping:
                    self.lines.append(line)
                continue
            skipping = False
            if words[0] == "no":
                self._remove(line.removeprefix("no "))
            elif words[:3] == ["clear", "configure", "access-list"]:
                assert not any(one.startswith(f"access-group {words[3]} ") for one in self.lines), "cleared while bound"
                self.lines = [one for one in self.lines if not one.startswith(f"access-list {words[3]} ")]
            elif words[0] == "access-group":
                self.lines = [
                    one for one in self.lines if not (one.startswith("access-group ") and one.split()[2:] == words[2:])
                ]
                self.lines.append(line)
            else:
                if line.startswith("access-list ") and " extended " in line and line in self.lines:
                    continue  # an ASA warns of a duplicate and keeps the first
                self.lines.append(line)

    def _remove(self, line: str) -> None:
        at = self.lines.index(line)
        name = line.rsplit(maxsplit=1)[-1]
        used = line.startswith("object-group ") and any(name in one.split() for one in self.lines if one != line)
        assert not used, f"still used: {line}"
        del self.lines[at]
        while at < len(self.lines) and self.lines[at].startswith(" "):
            del self.lines[at]

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, ": end"]) + "\n"


class FortiGate:
    """A FortiGate of one VDOM that takes the commands that are written here, and shows its configuration."""

    def __init__(self, text: str) -> None:
        self._head: list[str] = []
        self._tables: dict[str, dict[str, list[str]]] = {}
        self._whole: dict[str, list[str]] = {}
        self.load(text)

    def load(self, commands: str) -> None:
        table = entry = ""
        for line in commands.splitlines():
            words = line.split()
            if not words:
                continue
            match words[0]:
                case "config":
                    table = " ".join(words[1:])
                    self._tables.setdefault(table, {})
                case "edit":
                    entry = line.split(maxsplit=1)[1]
                    self._tables[table].setdefault(entry, [])
                case "set" if entry:
                    settings = self._tables[table][entry]
                    settings[:] = [one for one in settings if one.split()[0] != words[1]]
                    settings.append(line.split(maxsplit=1)[1])
                case "set":
                    self._whole.setdefault(table, []).append(line)
                case "delete":
                    del self._tables[table][line.split(maxsplit=1)[1]]
                case "move":
                    self._move(table, words[1], words[3])
                case "next":
                    entry = ""
                case "end":
                    table = ""
                case _:
                    self._head.append(line)

    def _move(self, table: str, what: str, before: str) -> None:
        moved = self._tables[table].pop(what)
        found: dict[str, list[str]] = {}
        for name, settings in self._tables[table].items():
            if name == before:
                found[what] = moved
            found[name] = settings
        assert what in found
        self._tables[table] = found

    @property
    def text(self) -> str:
        lines = list(self._head)
        for table, entries in self._tables.items():
            if not entries and table not in self._whole:
                continue
            lines += [f"config {table}", *self._whole.get(table, [])]
            for name, settings in entries.items():
                lines += [f"    edit {name}", *(f"        set {one}" for one in settings), "    next"]
            lines.append("end")
        return "\n".join(lines) + "\n"
