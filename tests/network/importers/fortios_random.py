"""Random FortiOS configurations as text, and packets that tell them apart. Shares no code with what reads them."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.network.naive_fortios import Packet

INTERFACES = {"one": "10.0.1.1", "two": "10.0.2.1", "three": "10.0.3.1"}
ZONES = {"zone": ("one", "two")}
OBJECTS = (
    "all",
    "all",
    "none",
    "host-a",
    "host-b",
    "range",
    "odd",
    "half",
    "name",
    "group",
    "inner",
    "loop",
    "nowhere",
)
SERVICES = ("ALL", "ALL", "DICOM", "from-low", "dns", "ping", "both", "twice", "empty", "unheard")
VIPS = ("vip-a", "vip-b", "vip-port", "vips")
FIXED = """
config firewall address
    edit "host-a"
        set subnet 10.0.2.2 255.255.255.255
    next
    edit "host-b"
        set subnet 10.0.1.2 255.255.255.255
    next
    edit "range"
        set type iprange
        set start-ip 10.0.1.2
        set end-ip 10.0.2.1
    next
    edit "odd"
        set type wildcard
        set wildcard 10.0.0.1 255.255.252.1
    next
    edit "half"
        set subnet 10.0.2.0 255.255.255.252
    next
    edit "name"
        set type fqdn
        set fqdn "a.example.org"
    next
end
config firewall addrgrp
    edit "group"
        set member "inner" "host-a"
        set exclude enable
        set exclude-member "host-b"
    next
    edit "inner"
        set member "range" "odd"
    next
    edit "loop"
        set member "loop" "host-b"
    next
end
config firewall service custom
    edit "DICOM"
        set tcp-portrange 104 11112
    next
    edit "from-low"
        set tcp-portrange 100-110:0-1023
    next
    edit "dns"
        set tcp-portrange 53
        set udp-portrange 53
    next
    edit "ping"
        set protocol ICMP
        set icmptype 8
    next
    edit "empty"
    next
end
config firewall service group
    edit "both"
        set member "DICOM" "ping"
    next
    edit "twice"
        set member "both" "dns"
    next
end
config firewall schedule recurring
    edit "office"
        set day monday
    next
end
config firewall vip
    edit "vip-a"
        set extip 10.0.3.100
        set mappedip "10.0.2.2"
        set extintf "three"
    next
    edit "vip-b"
        set extip 10.0.3.110-10.0.3.112
        set mappedip "10.0.2.2-10.0.2.4"
        set extintf "any"
        set src-filter "10.0.3.2/31"
    next
    edit "vip-port"
        set extip 10.0.3.101
        set mappedip "10.0.1.2"
        set extintf "three"
        set portforward enable
        set extport 1000-1007
        set mappedport 100-107
    next
end
config firewall vipgrp
    edit "vips"
        set member "vip-a" "vip-port"
    next
end
config router static
    edit 1
        set dst 10.0.2.128 255.255.255.128
        set blackhole enable
    next
    edit 2
        set gateway 10.0.3.254
        set device "three"
    next
end
"""


def _setting(name: str, *words: str) -> str:
    return f"        set {name} {' '.join(words)}\n"


def _names(all_of: tuple[str, ...], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(all_of), min_size=1, max_size=most, unique=True)


@st.composite
def _policy(draw: st.DrawFn, number: int, *, sure: bool, central: bool) -> str:
    objects = tuple(one for one in OBJECTS if one not in {"name", "loop", "nowhere"}) if sure else OBJECTS
    services = tuple(one for one in SERVICES if one not in {"empty", "unheard"}) if sure else SERVICES
    sides = ("one", "two", "three", "zone", "any", "any")
    lines = [
        _setting("srcintf", *map('"{}"'.format, draw(_names(sides)))),
        _setting("dstintf", *map('"{}"'.format, draw(_names(sides)))),
        _setting("srcaddr", *map('"{}"'.format, draw(_names(objects)))),
        _setting("service", *map('"{}"'.format, draw(_names(services)))),
        _setting("schedule", '"always"' if sure else draw(st.sampled_from(['"always"', '"none"', '"office"']))),
    ]
    virtual = not central and draw(st.integers(0, 3)) == 0
    lines.append(_setting("dstaddr", *map('"{}"'.format, draw(_names(VIPS if virtual else objects)))))
    negations = ("srcaddr-negate", "service-negate", *(() if virtual else ("dstaddr-negate",)))
    lines += [_setting(name, "enable") for name in negations if draw(st.integers(0, 4)) == 0]
    accept = draw(st.integers(0, 2)) > 0
    if accept:
        lines.append(_setting("action", "accept"))
    elif draw(st.booleans()):
        lines.append(_setting("match-vip", draw(st.sampled_from(["enable", "disable"]))))
    if draw(st.integers(0, 5)) == 0:
        lines.append(_setting("status", "disable"))
    if accept and not sure and draw(st.integers(0, 3)) == 0:
        lines.append(_setting("nat", "enable"))
    if not sure and draw(st.integers(0, 6)) == 0:
        lines.append(_setting("groups", '"people"'))
    if not sure and draw(st.integers(0, 6)) == 0:
        del lines[draw(st.integers(0, len(lines) - 1))]
    order = draw(st.permutations(lines))
    return f"    edit {number}\n{''.join(order)}    next\n"


@st.composite
def configurations(draw: st.DrawFn, *, sure: bool) -> str:
    """A configuration; with ``sure`` without anything that no configuration tells."""
    version = draw(st.sampled_from(["FGT60F-7.0.12", "FGT60F-7.4.4", *([] if sure else ["FGT60F-7.2.3"])]))
    text = [f"#config-version={version}-FW-build1-1:opmode=0:vdom=0:user=admin\nconfig system interface\n"]
    text += (
        f'    edit "{name}"\n        set ip {address} 255.255.255.0\n    next\n' for name, address in INTERFACES.items()
    )
    allow = "        set intrazone allow\n" if draw(st.booleans()) else ""
    text.append(f'end\nconfig system zone\n    edit "zone"\n{allow}        set interface "one" "two"\n    next\nend\n')
    central = draw(st.integers(0, 3)) == 0
    if central:
        text.append("config system settings\n    set central-nat enable\nend\n")
    numbers = draw(st.lists(st.integers(1, 99), unique=True, max_size=6))
    text += ["config firewall policy\n", *(draw(_policy(one, sure=sure, central=central)) for one in numbers), "end\n"]
    return "".join(text) + FIXED.lstrip("\n")


_HOSTS = ("10.0.1.2", "10.0.1.3", "10.0.2.2", "10.0.2.3", "10.0.2.4", "10.0.2.200", "10.0.3.2", "10.0.3.5", "192.0.2.7")
_DESTINATIONS = (*_HOSTS, "10.0.3.100", "10.0.3.101", "10.0.3.110", "10.0.3.112")
_TCP = st.builds(
    Packet,
    st.sampled_from(sorted(INTERFACES)),
    st.sampled_from(["tcp", "tcp", "udp"]),
    st.sampled_from(_HOSTS),
    st.sampled_from(_DESTINATIONS),
    st.sampled_from([53, 100, 104, 107, 1000, 1004, 11_112]),
    st.sampled_from([500, 40_000]),
)
_ICMP = st.builds(
    Packet,
    st.sampled_from(sorted(INTERFACES)),
    st.just("icmp"),
    st.sampled_from(_HOSTS),
    st.sampled_from(_DESTINATIONS),
    st.sampled_from([0, 8]),
)
PACKETS = _TCP | _TCP | _TCP | _ICMP
