"""Rules beyond single cells: one a file, in an explicit list, each with verdicts. Never a rule of a filter."""

from __future__ import annotations

from leadglass.network.compare import Comparison
from leadglass.network.rules import (
    default_deny,
    detection,
    dmz,
    exposed,
    inventory,
    isolation_gateway,
    isolation_his,
    isolation_internet,
    isolation_pacs,
    isolation_ris,
    mixed_modalities,
    single_gateway,
    snmp,
    source_port,
    vlan,
    vpn,
)
from leadglass.network.rules.ruling import NetworkRule, Ruled
from leadglass.network.rules.site import Site

RULES: tuple[NetworkRule, ...] = (
    isolation_internet.RULE,
    isolation_ris.RULE,
    isolation_his.RULE,
    isolation_pacs.RULE,
    isolation_gateway.RULE,
    exposed.RULE,
    dmz.RULE,
    vlan.RULE,
    mixed_modalities.RULE,
    single_gateway.RULE,
    detection.RULE,
    snmp.RULE,
    vpn.RULE,
    default_deny.RULE,
    source_port.RULE,
    inventory.RULE,
)


def judge(comparison: Comparison) -> tuple[Ruled, ...]:
    """What every rule says, in the order of `RULES`."""
    site = Site(comparison)
    return tuple(one for rule in RULES for one in rule.judge(site))
