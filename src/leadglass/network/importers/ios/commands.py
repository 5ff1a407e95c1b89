"""Words of IOS commands that bear neither on what may pass nor on where it goes. Only lists; never a meaning.

What stands in none of these lists and is read by no other module makes the device doubtful: never the other way round.
Source: the IOS and IOS XE command references.
"""

from __future__ import annotations

IRRELEVANT = frozenset(
    """
    aaa aal2-profile alias appfw archive arp boot boot-end-marker boot-start-marker bridge buffers building call
    call-home card cdp certificate chat-script clock cns config-register control-plane controller cts
    cryptography current default diagnostic dial-peer dialer-list dot1x downward-compatible-config dspfarm
    enable end eou epm errdisable errmsg event exception exit file-accounting flow flow-export fhrp frame-relay
    hostname hw-module identity lacp ldap license line lldp location logging login mac mac-address-table macro
    map-class memory memory-size menu mgcp mls mmi mmi-snmp-timeout module monitor mta multilink netconf
    netconf-yang nmsp no-alias ntp object-group-search onep parser password platform policy-list port-channel
    power power-supply privilege process-max-time process prompt qos radius radius-server redundancy restconf
    rmon rtr scheduler sccp security-passwords sdm service set shell snmp snmp-server software spanning-tree ssh
    stackwise-virtual subscriber switch switchcore system table-map tacacs tacacs-server template telemetry
    tftp-server time-server track transceiver type username version vlan voice voice-card voice-port vtp vstack
    warm-reboot wsma wrr-queue transport virtual-service tag-switching l2 mediatrace upgrade ephone
    telephony-service nls sampler performance setup sla key iox app-hosting ap wireless guestshell stack-mac
    stack-power udld
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)

IP = frozenset(
    """
    accounting-threshold arp as-path bgp-community bootp cef community-list ddns default-gateway device dhcp
    domain domain-list domain-lookup domain-name dns finger flow-aggregation flow-cache flow-export
    flow-top-talkers forward-protocol ftp gratuitous-arps host http icmp identd igmp load-sharing
    local-proxy-arp mroute multicast multicast-routing name-server nbar pim prefix-list radius rcmd
    reflexive-list rsvp rtcp scp sla source-route spd ssh subnet-zero tacacs tcp telnet tftp traffic-export
    ttl-expires classless explicit-path extcommunity-list msdp sap sdr
    """.split()  # noqa: SIM905 (as above)
)
"""After "ip" at the margin."""

IPV6 = frozenset(
    """
    cef dhcp flowset general-prefix hop-limit host icmp mfib mld multicast-routing nd neighbor pim prefix-list
    source-route spd unicast-routing ssh address-validate
    """.split()  # noqa: SIM905 (as above)
)
"""After "ipv6" at the margin."""

INTERFACE = frozenset(
    """
    arp authentication auto-mdix auto auto-polarity bandwidth bfd beacon carrier-delay cdp channel-group
    channel-protocol clock clns cpu custom-queue-list dampening delay description dialer dialer-group dot1x
    duplex eapol encapsulation energywise eou fair-queue flow flowcontrol full-duplex glbp half-duplex
    hold-queue isis keepalive lacp link lldp load-interval logging lre mac mac-address macsec
    max-reserved-bandwidth media media-type mdix mka mls mop mpls mtu negotiation netflow ntp ospfv3 pagp peer
    physical-layer power ppp pppoe pppoe-client priority-group private-vlan qos queue-set random-detect rmon
    serial shape snmp snmp-server source spanning-tree speed srr-queue storm-control switchport tag
    tx-ring-limit transmit-interface trust tunnel udld vlan voice vtp wrr-queue lisp loopback nmsp nsf trigger
    access-session mab device-tracking subscriber ethernet eigrp ospf ptp
    """.split()  # noqa: SIM905 (as above)
)

INTERFACE_IP = frozenset(
    """
    arp authentication bandwidth-percent bgp cef dampening-interval dhcp directed-broadcast dvmrp flow
    hello-interval helper-address hold-time igmp information-reply irdp load-sharing local-proxy-arp mask-reply
    mobile mrm mroute-cache mtu multicast nbar next-hop-self ospf pim policy-list probe proxy-arp rarp-server
    redirects rip route-cache router rsvp rtp sap security split-horizon summary-address tcp unreachables
    virtual-reassembly virtual-reassembly-out broadcast-address accounting device
    """.split()  # noqa: SIM905 (as above)
)
"""After "ip" below an interface."""

INTERFACE_IPV6 = frozenset(
    """
    authentication bandwidth-percent cef dhcp eigrp enable flow hello-interval hold-time mld mtu multicast nd
    next-hop-self ospf pim redirects rip router split-horizon summary-address tcp unreachables
    virtual-reassembly
    """.split()  # noqa: SIM905 (as above)
)
"""After "ipv6" below an interface."""

MAY_DROP = frozenset(["ips", "wccp", "admission", "auth-proxy", "urlfilter", "access-session", "content-scan"])
"""After "ip" below an interface: hands packets to somebody who may drop them."""

ROUTE_OPTIONS = frozenset(["permanent", "global", "dhcp", "multicast", "unicast"])
