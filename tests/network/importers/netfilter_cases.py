"""One packet through one device, as the tests of netfilter's importers ask it; and a hospital's companions."""

from __future__ import annotations

import json

from tests.network.importers.kernel import Sent, ours

from leadglass.network.device import Device

ADDRESSES = json.dumps(
    [
        {"ifindex": 1, "ifname": "lo", "flags": ["LOOPBACK", "UP"], "addr_info": []},
        *(
            {"ifindex": at, "ifname": name, "flags": ["UP"], "addr_info": [
                {"family": "inet", "local": f"10.{at}.0.1", "prefixlen": 16, "scope": "global"},
                {"family": "inet6", "local": f"fd00:{at}::1", "prefixlen": 64, "scope": "global"},
                {"family": "inet6", "local": f"fe80::{at}", "prefixlen": 64, "scope": "link"},
            ]}
            for at, name in ((2, "eth0"), (3, "eth1"), (4, "dmz0"))
        ),
    ]
)  # fmt: skip
ROUTES = json.dumps(
    [
        {"dst": "default", "gateway": "10.4.0.254", "dev": "dmz0", "flags": []},
        {"dst": "10.2.0.0/16", "dev": "eth0", "protocol": "kernel", "scope": "link", "flags": []},
    ]
)
CT, PACS, WEB = "10.2.0.7", "10.3.0.5", "10.4.0.9"


def passes(device: Device, sent: Sent, egress: str) -> tuple[bool, bool]:
    """Whether a packet may leave by an interface, and whether it must."""
    bounds = ours(device, sent)
    return egress in bounds.may, egress in bounds.must
