"""A hospital whose network is described, for the tests of the network's pages."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

from tests.console.house import House

from leadglass.demo import network

FILES = {name: resources.files("leadglass.demo.network").joinpath(name).read_text("utf-8")
         for name in ("core-firewall.json", "edge-firewall.json")}  # fmt: skip
SUBNETS = """cidr,zone,label
10.20.0.0/24,Imaging servers,PACS servers
10.20.1.0/24,Radiology,CT and MR modalities
10.20.2.0/24,RIS,
10.30.0.0/16,Wards,offices
10.40.0.0/24,HIS,
10.50.0.0/24,IT,management
10.60.0.0/24,Kiosk,
"""


def described(house: House) -> None:
    """The demonstration hospital's network is kept."""
    assert network.describe(house.console.engine, datetime.now(UTC))
