"""Table 2 as reconstructed, by its own counts, and the choice for users and devices that a hospital has."""

from __future__ import annotations

import msgspec
import pytest
from tests.network.generate.site import hospital

from leadglass.config.network_advice import load_vpn_table
from leadglass.network.advise.vpn import choices, faults
from leadglass.network.hospital import Vpn

TABLE = load_vpn_table()
IPSEC = {"Remote physicians clinic", "Remote hospitals", "Entire subnet with no application remote access"}


def test_the_table_has_the_counts_of_print_and_is_labelled() -> None:
    assert len(TABLE.rows) == 13
    assert {row.title for row in TABLE.rows if row.ipsec} == IPSEC
    assert sum(row.ssl for row in TABLE.rows) == 10
    assert TABLE.label.startswith("Reconstructed")


def test_a_row_that_contradicts_the_rule_is_a_fault() -> None:
    wrong = msgspec.structs.replace(TABLE.rows[0], ssl=False, ipsec=True)
    assert faults(msgspec.structs.replace(TABLE, rows=(wrong, *TABLE.rows[1:])))


@pytest.mark.parametrize(
    ("user", "kind", "row", "fits"),
    [
        ("Mobile physicians", "pptp", "mobile-physicians", False),
        ("Mobile physicians", "ztna", "mobile-physicians", True),
        ("IT consultants", "ipsec", "it-consultants", False),
        ("Remote hospitals", "ipsec", "remote-hospitals", True),
        ("service engineers of the CT", "openvpn", "service-personnel", True),
        ("somebody else", "tls", None, True),
    ],
)
def test_each_user_gets_a_choice_with_its_reason(user: str, kind: str, row: str | None, fits: bool) -> None:
    found = choices(hospital(vpns=(Vpn(name="in", kind=kind, users=(user,), ends_in="ward"),)), TABLE)
    first = found[0]
    assert (first.who, first.row.id if first.row else None, first.fits) == (user, row, fits)
    assert first.why


def test_devices_that_the_hospital_has_get_one_without_a_vpn() -> None:
    found = {one.who: one for one in choices(hospital(), TABLE)}
    assert set(found) == {"Modalities", "PACS archive"}
    assert found["Modalities"].today == ("tls",)
    assert found["Modalities"].fits is None
