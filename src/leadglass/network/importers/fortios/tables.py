"""Which tables and settings of FortiOS bear on what may pass, by name. Never what they say.

Source: Fortinet, FortiOS CLI Reference 5.6 to 7.6. A name that stands nowhere here counts as bearing on it and as not
understood. Settings of a table that is read: ``read`` by us, or ``idle``: certainly without effect on what may pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.importers.fortios import idle
from leadglass.network.importers.fortios.spec import Spec, every, names
from leadglass.network.importers.fortios.tree import Node

NARROWING = names(
    "groups users fsso-groups devices ztna-status ztna-ems-tag ztna-ems-tag-secondary ztna-geo-tag",
    "ztna-device-ownership identity-based identity-from ntlm disclaimer tos tos-mask tos-negate dscp-match",
    "dscp-negate dscp-value src-vendor-mac sgt-check sgt reputation-minimum reputation-direction",
    "reputation-minimum6 reputation-direction6 policy-expiry policy-expiry-date policy-expiry-date-utc",
    "url-category app-category application app-group vlan-filter email-collect network-service-dynamic",
    "network-service-src-dynamic rtp-nat rtp-addr http-policy-redirect ssh-policy-redirect",
    "radius-mac-auth-bypass match-vip-only endpoint-compliance endpoint-check learning-mode",
)
"""Conditions of a policy on what no configuration tells: users, time, tags. It may match, and no packet must."""

INTERNET = "internet-service"
"""What the settings begin with that name services on the Internet by Fortinet's database."""

POLICY = Spec(
    NARROWING
    | names(
        "status name srcintf dstintf srcaddr dstaddr srcaddr6 dstaddr6 srcaddr-negate dstaddr-negate",
        "srcaddr6-negate dstaddr6-negate service service-negate schedule action nat ippool poolname poolname6",
        "fixedport match-vip natip natinbound natoutbound inbound outbound vpntunnel nat46 nat64",
        "permit-any-host permit-stun-host internet-service internet-service-src internet-service6",
        "internet-service6-src logtraffic internet-service-id",
        *(
            f"internet-service{version}{side}-{what}"
            for version in ("", "6")
            for side in ("", "-src")
            for what in ("name", "id", "group", "custom", "custom-group", "negate", "fortiguard")
        ),
    ),
    idle.POLICY,
)

_OBJECT = names("uuid color comment comments visibility fabric-object tags tagging obj-id obj-tag obj-type")

INTERFACE = Spec(
    names(
        "vdom ip status mode type interface vlanid alias role allowaccess remote-ip secondary-IP vrf",
        "security-mode member dhcp-relay-service ip-managed-by-fortiipam",
    ),
    idle.INTERFACE,
    ("switch-controller-", "security-8021x-", "lldp-", "pppoe-", "swc-", "measured-", "lacp-", "estimated-", "pptp-"),
    {
        "secondaryip": Spec(names("ip allowaccess"), names("secip-relay-ip ping-serv-status detectserver gwdetect")),
        "vrrp": Spec(names("vrip status"), idle.VRRP),
        "ipv6": Spec(
            names("ip6-address ip6-mode ip6-allowaccess autoconf"),
            idle.INTERFACE6,
            ("dhcp6-", "nd-", "ra-"),
            {"ip6-extra-addr": Spec(), "vrrp6": Spec(names("vrip6 status"), idle.VRRP)},
            keyed=False,
        ),
    },
)

_VIP = Spec(
    names(
        "type extip extaddr mappedip mapped-addr extintf portforward protocol extport mappedport src-filter",
        "status service srcintf-filter nat-source-vip portmapping-type server-type ldb-method nat44 nat46 nat64",
        "nat66 add-nat46-route ipv4-mappedip ipv4-mappedport ipv6-mappedip ipv6-mappedport src-vip-filter",
    ),
    _OBJECT | idle.VIP,
    ("ssl-", "http-", "http2-", "http3-", "https-", "gslb-", "one-click-gslb", "websphere-", "weblogic-", "ws-"),
    {"realservers": Spec(names("ip port type address status"), idle.REAL_SERVER)},
)

SETTINGS = Spec(
    names(
        "opmode central-nat ngfw-mode asymroute asymroute6 asymroute-icmp asymroute6-icmp multicast-forward",
        "status vdom-type multicast-skip-policy consolidated-firewall-mode",
    ),
    idle.SETTINGS,
    ("gui-", "sip-", "dhcp-", "dhcp6-", "bfd-", "ike-", "nat46-", "nat64-", "ses-denied-", "sccp-"),
    keyed=False,
)

_SDWAN = Spec(
    names("status"),
    names(
        """load-balance-mode speedtest-bypass-routing duplication-max-num duplication-max-discrepancy fail-detect
        app-perf-log-period neighbor-hold-down neighbor-hold-down-time neighbor-hold-boot-time fail-alert-interfaces
        health-check neighbor duplication health-check-fortiguard service"""
    ),
    tables={
        "zone": Spec(names("service-sla-tie-break"), names("advpn-select advpn-health-check minimum-sla-meet-members")),
        "members": Spec(
            names("interface zone gateway gateway6 status priority priority6 cost weight"),
            names(
                """source source6 comment spillover-threshold ingress-spillover-threshold volume-ratio priority-in-sla
                priority-out-sla preferred-source transport-group"""
            ),
        ),
    },
    keyed=False,
)

_ADDRESS = Spec(
    names(
        "type subnet start-ip end-ip wildcard interface ip6 fqdn wildcard-fqdn country sub-type macaddr",
        "start-mac end-mac sdn filter epg-name organization subnet-name tenant policy-group tag-type hw-vendor",
        "hw-model os sw-version fsso-group template host host-type sdn-tag route-tag node-ip-only sdn-addr-type",
    ),
    _OBJECT
    | names(
        "associated-interface allow-routing cache-ttl clearpass-spt list dirty tag-detection-level",
        "passive-fqdn-learning",
    ),
    tables={"subnet-segment": Spec(names("type value"))},
)
_GROUP = Spec(names("member exclude exclude-member type category"), _OBJECT | names("allow-routing"))
_ROUTE = Spec(
    names(
        "dst gateway device distance priority blackhole status dstaddr vrf weight sdwan sdwan-zone",
        "virtual-wan-link vrf-leak dynamic-gateway internet-service internet-service-custom",
        "internet-service-fortiguard devindex src link-monitor-exempt preferred-source tag",
    ),
    names("comment bfd"),
)
_POLICY_ROUTE = Spec(
    names(
        "input-device input-device-negate src srcaddr dst dstaddr src-negate dst-negate action protocol",
        "start-port end-port gateway output-device status tos tos-mask start-source-port end-source-port",
        "internet-service-id users groups internet-service-custom internet-service-fortiguard",
    ),
    names("comments"),
)
_POOL = Spec(
    names(
        "permit-any-host type startip endip source-startip source-endip startport endport nat64 add-nat64-route",
        "associated-interface",
    ),
    _OBJECT
    | names(
        """arp-reply arp-intf block-size num-blocks-per-user port-per-user pba-timeout pba-interim-log
        cgn-client-startip cgn-client-endip cgn-client-ipv6shift cgn-fixedalloc cgn-overload cgn-port-start
        cgn-port-end cgn-block-size cgn-spa utilization-alarm-raise utilization-alarm-clear subnet-broadcast-in-ippool
        icmp-session-quota tcp-session-quota udp-session-quota client-prefix-length privileged-port-use-pba exclude-ip
        nat46 add-nat46-route"""
    ),
)
_PHASE2 = Spec(
    names(
        "phase1name src-addr-type dst-addr-type src-subnet dst-subnet src-name dst-name src-start-ip src-end-ip",
        "dst-start-ip dst-end-ip src-addr-type6 dst-addr-type6 src-subnet6 dst-subnet6 src-name6 dst-name6",
        "protocol src-port dst-port src-start-ip6 src-end-ip6 dst-start-ip6 dst-end-ip6 route-overlap proposal",
        "dhgrp pfs",
    ),
    idle.PHASE2,
)

SPECS: dict[str, Spec] = {
    "firewall policy": POLICY,
    "firewall policy6": POLICY,
    "firewall address": _ADDRESS,
    "firewall address6": _ADDRESS,
    "firewall addrgrp": _GROUP,
    "firewall addrgrp6": _GROUP,
    "firewall service custom": Spec(
        names(
            "protocol protocol-number tcp-portrange udp-portrange sctp-portrange udplite-portrange icmptype",
            "icmpcode iprange fqdn proxy app-service-type app-category application",
        ),
        _OBJECT | idle.SERVICE,
    ),
    "firewall service group": Spec(names("member proxy"), _OBJECT),
    "firewall schedule recurring": Spec(names("start end day label-day"), _OBJECT),
    "firewall schedule onetime": Spec(names("start end start-utc end-utc expiration-days"), _OBJECT),
    "firewall schedule group": Spec(names("member"), _OBJECT),
    "firewall vip": _VIP,
    "firewall vip6": _VIP,
    "firewall vipgrp": Spec(names("member interface"), _OBJECT),
    "firewall vipgrp6": Spec(names("member"), _OBJECT),
    "firewall ippool": _POOL,
    "firewall ippool6": _POOL,
    "firewall central-snat-map": Spec(
        names(
            "status type srcintf dstintf orig-addr dst-addr orig-addr6 dst-addr6 protocol orig-port dst-port",
            "nat nat-ippool nat-ippool6 nat-port nat46 nat64",
        ),
        names("uuid comments port-preserve port-random"),
    ),
    "firewall acl": Spec(names("status interface srcaddr dstaddr service"), names("name comments fragment uuid")),
    "firewall acl6": Spec(names("status interface srcaddr dstaddr service"), names("name comments fragment uuid")),
    "firewall multicast-policy": Spec(
        names("status action srcintf dstintf srcaddr dstaddr protocol start-port end-port snat snat-ip dnat"),
        names("uuid name logtraffic auto-asic-offload traffic-shaper comments utm-status ips-sensor id"),
    ),
    "firewall multicast-policy6": Spec(
        names("status action srcintf dstintf srcaddr dstaddr protocol start-port end-port"),
        names("uuid name logtraffic auto-asic-offload comments utm-status ips-sensor id"),
    ),
    "system interface": INTERFACE,
    "system zone": Spec(names("interface intrazone"), names("description tagging")),
    "system settings": SETTINGS,
    "system vdom-link": Spec(names("type"), names("vcluster")),
    "system sdwan": _SDWAN,
    "system virtual-wan-link": _SDWAN,
    "system switch-interface": Spec(
        names("member vdom intra-switch-policy"),
        names("type mac-ttl span span-source-port span-dest-port span-direction"),
    ),
    "system virtual-wire-pair": Spec(names("member wildcard-vlan outer-vlan-id vlan-filter")),
    "router static": _ROUTE,
    "router static6": _ROUTE,
    "router policy": _POLICY_ROUTE,
    "router policy6": _POLICY_ROUTE,
    **{
        f"router {protocol}": Spec(keyed=False, free=True)
        for protocol in ("bgp", "ospf", "ospf6", "rip", "ripng", "isis")
    },
    "vpn ipsec phase1-interface": Spec(
        names(
            "interface type remote-gw mode-cfg assign-ip-from ipv4-start-ip ipv4-end-ip ipv4-netmask add-route",
            "net-device mode proposal dhgrp assign-ip ipv6-start-ip ipv6-end-ip auto-discovery-receiver",
            "exchange-interface-ip ike-version exchange-ip-addr4 aggregate-member",
        ),
        idle.PHASE1,
        ("dpd", "auto-discovery-", "ipv4-", "ipv6-", "auth", "fec-", "ha-sync-", "remotegw", "remote-gw"),
    ),
    "vpn ipsec phase2-interface": _PHASE2,
    "vpn ssl settings": Spec(
        names("status source-interface source-interface6 tunnel-ip-pools tunnel-ipv6-pools"),
        idle.SSL_SETTINGS,
        ("ssl-", "dtls-", "http-", "login-", "auth-session", "web-mode-", "saml-", "x-content"),
        keyed=False,
    ),
    **{
        f"vpn {name}": Spec(names("status sip eip usrgrp enforce-ipsec ip-mode local-ip"), idle.L2TP, keyed=False)
        for name in ("l2tp", "pptp")
    },
    "web-proxy explicit": Spec(names("status"), prefixes=("",), keyed=False),
    "ftp-proxy explicit": Spec(names("status"), prefixes=("",), keyed=False),
    "firewall proxy-policy": Spec(names("status action"), prefixes=("",)),
}
"""Tables that are read. What opens a way that is not followed is read as far as that it does."""


def is_idle(name: str) -> bool:
    """Whether a table is certainly without effect on what may pass."""
    return name.partition(" ")[0] in idle.FAMILIES or name in idle.TABLES or name.startswith(idle.BEGINNINGS)


def relevant(table: Node) -> Iterator[int]:
    """Lines of a table that bear on what may pass."""
    spec = SPECS.get(table.name)
    if spec is not None:
        yield from _relevant(table, spec)
    elif not is_idle(table.name):
        yield from every(table)


def _relevant(node: Node, spec: Spec) -> Iterator[int]:
    yield from node.lines
    yield from node.unread
    yield from (line for line, name in node.said if not spec.is_idle(name))
    for entry in node.entries.values():
        yield from _relevant(entry, spec)
    for name, table in node.tables.items():
        if not spec.is_idle(name):
            yield from _relevant(table, spec.tables.get(name, spec))
