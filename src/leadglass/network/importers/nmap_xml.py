"""What nmap found (`nmap -oX`): machines and the services that answered. A scan sees; it never says what should be.

Nothing that the document declares is expanded or fetched: nmap declares nothing but its document type's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own

from leadglass.network.address import number
from leadglass.network.facts import Fact, Kind, Listening, Proposed, digest
from leadglass.network.hospital import MAX_MACHINES, Machine
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.importers.zones_csv import inert, slug
from leadglass.network.rule import Place
from leadglass.network.service import PROTOCOL_NUMBERS

MAX_PORTS = 200_000  # open ones in all
MAX_TOLD = 2_000

_DECLARES = re.compile(r"<!ENTITY|<!DOCTYPE[^>\[]*(?:\[|\bSYSTEM\b|\bPUBLIC\b)", re.IGNORECASE)
_SNMP = re.compile(r"SNMPv(1|2c|3)\b")
_HINT = "hand in what nmap -oX writes"


def recognises(head: str) -> bool:
    """Whether a text begins as nmap writes XML."""
    return "<nmaprun" in head


def read(text: str, file: str) -> Proposed:
    """Machines and services of a scan.

    Raises:
        ConfigurationUnreadable: it is no XML of nmap, is cut off, or declares entities; with the line.
    """
    content = bounded(text, file)
    declared = _DECLARES.search(content)
    if declared is not None:
        line = content.count("\n", 0, declared.start()) + 1
        raise ConfigurationUnreadable("XML that declares entities: refused", f"nmap writes none; {_HINT}", file, line)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        raise ConfigurationUnreadable("no whole XML: cut off or damaged", _HINT, file, line) from None
    if root.tag != "nmaprun":
        raise ConfigurationUnreadable("XML of another program", _HINT, file, root.sourceline or 0)
    return _Scan(file, digest(content)).read(root)


class _Scan:
    """Collects what the hosts of a scan are."""

    def __init__(self, file: str, source: str) -> None:
        self._file, self._digest = file, source
        self._machines: dict[str, Machine] = {}
        self._unnamed: set[str] = set()
        self._listening: list[Listening] = []
        self._facts: list[Fact] = []
        self._told: list[tuple[Place, str]] = []

    def read(self, root: etree._Element) -> Proposed:
        for host in root.iterchildren("host"):
            status = host.find("status")
            if status is None or status.get("state") == "up":
                self._host(host)
        finished = root.find("runstats/finished")
        if finished is None or finished.get("exit", "success") != "success":
            self._say(Place(self._file, 0), "the scan did not end: machines and services may be missing")
        return Proposed(
            self._file, self._digest, (), tuple(self._machines.values()), frozenset(self._unnamed),
            tuple(self._listening), tuple(self._facts), tuple(self._told[:MAX_TOLD]),
        )  # fmt: skip

    def _say(self, place: Place, words: str) -> None:
        if len(self._told) < MAX_TOLD:
            self._told.append((place, words))

    def _host(self, host: etree._Element) -> None:
        place = Place(self._file, host.sourceline or 0)
        addresses: list[str] = []
        vendor = ""
        for one in host.iterchildren("address"):
            written = one.get("addr", "")
            if one.get("addrtype") == "mac":
                vendor = inert(one.get("vendor", ""))
                continue
            try:
                number(written)
            except ValueError:
                self._say(place, f"{written[:60]!r} is no address")
                continue
            addresses.append(written)
        if not addresses:
            return
        title = next((one.get("name", "") for one in host.iterfind("hostnames/hostname") if one.get("name")), "")
        name = slug(title) if title else f"host-{slug(addresses[0])}"
        if name in self._machines:
            self._say(place, f"{name!r} stands twice in the scan: {addresses[0]} is left out")
            return
        if len(self._machines) >= MAX_MACHINES:
            raise ConfigurationUnreadable(f"more than {MAX_MACHINES:,} machines", "scan parts", self._file, place.line)
        found = list(self._ports(host, addresses[0], f"machine {name}"))
        spoken = [version for _, words in found for version in _SNMP.findall(words)]
        if not title:
            self._unnamed.add(name)
        self._machines[name] = Machine(
            name=name,
            title=inert(title),
            addresses=tuple(addresses[:64]),
            vendor=vendor,
            snmp=min(spoken, default=""),  # the weakest counts
        )
        self._facts.append(
            Fact(Kind.OBSERVED, f"machine {name}", f"answers at {', '.join(addresses)}", place, self._digest)
        )
        for one, words in found:
            self._listening.append(one)
            self._facts.append(Fact(Kind.OBSERVED, f"machine {name}", words, one.place, self._digest))

    def _ports(self, host: etree._Element, address: str, who: str) -> Iterator[tuple[Listening, str]]:
        for port in host.iterfind("ports/port"):
            state = port.find("state")
            if state is None or state.get("state") != "open":  # "open|filtered": nothing answered
                continue
            place = Place(self._file, port.sourceline or 0)
            protocol, written = port.get("protocol", ""), port.get("portid", "")
            right = written.isascii() and written.isdigit() and len(written) <= 5 and int(written) <= 65_535
            if protocol not in PROTOCOL_NUMBERS or not right:
                self._say(place, f"{who}: {protocol[:20]!r} {written[:20]!r} is no port")
                continue
            if len(self._listening) >= MAX_PORTS:
                raise ConfigurationUnreadable(
                    f"more than {MAX_PORTS:,} open ports", "scan parts", self._file, place.line
                )
            service = port.find("service")
            said = (
                [] if service is None else [service.get(key, "") for key in ("name", "product", "version", "extrainfo")]
            )
            words = inert(" ".join(one for one in said if one))
            known = inert(said[0]) if said else ""
            listening = Listening(number(address), PROTOCOL_NUMBERS[protocol], int(written), known, place)
            yield listening, f"answers on {protocol}/{written}" + (f": {words}" if words else "")
