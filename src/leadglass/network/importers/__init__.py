"""Importers: a configuration as its vendor writes it becomes a `Device`. One module or package for each syntax."""

from __future__ import annotations

from collections.abc import Callable

from leadglass.network.device import Device
from leadglass.network.importers import asa, fortios, ios, iptables, nftables, rules_csv

Read = Callable[[str, str, str], Device]
"""(text, name of the file, name of the device) -> Device; raises `fault.ConfigurationUnreadable`."""

IMPORTERS: dict[str, Read] = {
    "nftables": nftables.read,
    "iptables": iptables.read,
    "fortios": fortios.read,
    "asa": asa.read,
    "ios": ios.read,
    "rules": rules_csv.read,
}
"""By syntax: `Device.kind`."""

RECOGNISERS: dict[str, Callable[[str], bool]] = {
    "nftables": nftables.recognises,
    "iptables": iptables.recognises,
    "fortios": fortios.recognises,
    "asa": asa.recognises,
    "ios": ios.recognises,
    "rules": rules_csv.recognises,
}
"""Whether the beginning of a text is of a syntax; the first that says so is believed."""

READ_ALL: dict[str, Callable[[str, str, str], tuple[Device, ...]]] = {"fortios": fortios.read_all}
"""Of syntaxes whose one file may hold several devices: each by itself; `IMPORTERS` read them as one."""

HEAD = 1 << 16  # characters that a guess is made from


def recognise(text: str) -> str | None:
    """The syntax of a text, guessed from its beginning; None where nothing speaks for any."""
    head = text[:HEAD].removeprefix("\ufeff")
    return next((syntax for syntax, recognises in RECOGNISERS.items() if recognises(head)), None)


def read_all(syntax: str, text: str, file: str, name: str) -> tuple[Device, ...]:
    """The devices that a file holds: one, but for syntaxes of `READ_ALL`; raises `fault.ConfigurationUnreadable`."""
    several = READ_ALL.get(syntax)
    return several(text, file, name) if several is not None else (IMPORTERS[syntax](text, file, name),)
