"""Words of an ASA's commands that bear neither on what may pass nor on where it goes. Only lists; never a meaning.

What stands in none of these lists and is read by no other module makes the device doubtful: never the other way round.
Source: the ASA command reference.
"""

from __future__ import annotations

IRRELEVANT = frozenset(
    """
    aaa-server anyconnect app-agent arp arp-inspection as-path asdm auth-prompt auto-update banner bgp-community boot
    call-home cdp certificate checkheaps class-map clock cluster-member community-list config-register console coredump
    crashinfo cryptochecksum ctl-file ctl-provider ddns debug dhcp-client dhcp-network-scope dhcpd
    dhcprelay dns dns-group dns-guard domain-name enable end eou event exit failover fips fragment ftp ftp-map
    gtp-map hostname hpm hsi http icmp imap4s igmp ip-client jumbo-frame kerberos key lacp ldap license load-balance
    logging logout mac-address mac-address-table mac-list management-access media-termination mfib mgcp-map mld
    monitor-interface mount mroute mtu multicast-routing nac-policy netmod netconf ntp object-group-search pager
    passwd password password-policy phone-proxy pim pki pop3s prefix-list priority-queue privilege prompt qos quit
    quota radius-common-pw reload remote-access resource rest-api route-map rtp-min-port rtp-max-port sla
    smart-tunnel smtp-server smtps snmp snmp-map snmp-server snort ssh ssl sunrpc-server sw-module syn-data tcp-map
    telnet terminal test tftp-server threat-detection timeout tls-proxy track tunnel-group-map url-block url-cache
    user-identity user-statistics vpn vpn-addr-assign vpn-sessiondb vpdn wccp-port xlate xlate-bypass zone zonelabs
    hw-module identity instance ip-block compression crypto-engine cts policy-list password-storage flow-export
    flow-offload flow-offload-ipsec blocks buffer nve-only power-supply pubkey-chain virtual scansafe-license show
    authentication-certificate application asp clear csc-settings aggregate rmon service telemetry watchdog names
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)

AAA_OF_DEVICE = frozenset(
    [
        "console",
        "enable",
        "exec",
        "http",
        "secure-http-client",
        "serial",
        "ssh",
        "telnet",
        "login-history",
        "exclude",
        "listener",
        "command",
    ]
)

AAA = frozenset(
    ["authentication", "authorization", "accounting", "mac-exempt", "proxy-limit", "local", "secure-http-client"]
)
"""After "aaa authentication": who may manage the device; "match" and "include" stop traffic until its user is known."""

SYSOPT = frozenset(["connection", "noproxyarp", "nodnsalias", "radius", "traffic", "uauth", "np"])

CRYPTO = frozenset(["ca", "call", "engine", "ikev1", "ikev2", "ipsec", "isakmp", "key", "logging", "pki"])

POLICY_ATTRIBUTES = frozenset(
    """
    allow-network-extension-mode always-on-vpn annotation backup-servers banner client-access-rule
    client-bypass-protocol client-firewall default-domain description dhcp-network-scope dns-server gateway-fqdn
    group-lock group-policy intercept-dhcp ip-comp ip-phone-bypass ipsec-udp ipsec-udp-port ipv6-split-tunnel-policy
    leap-bypass memberof msie-proxy nac nac-settings nem
    password-storage periodic-authentication periodic-certificate-authentication pfs
    re-xauth scep-forwarding-url secure-unit-authentication security-group-tag service-type smartcard-removal-disconnect
    split-dns split-tunnel-all-dns split-tunnel-network-list split-tunnel-policy ssh user-authentication
    user-authentication-idle-timeout vpn-access-hours vpn-framed-ip-netmask
    vpn-idle-timeout vpn-session-timeout vpn-simultaneous-logins vpn-tunnel-protocol webvpn wins-server
    """.split()  # noqa: SIM905 (as above)
)

ACCESS_POLICY_ATTRIBUTES = frozenset(["action", "description", "priority", "user-message", "webvpn"])

GROUP_ATTRIBUTES = frozenset(
    """
    accounting-server-group annotation authenticated-session-username authentication-attr-from-server
    authorization-dn-attributes
    authorization-required default-domain no override-account-disable password-management radius-reject-message
    secondary-authentication-server-group secondary-authorization-server-group secondary-username-from-certificate
    scep-enrollment strip-group strip-realm username-from-certificate client-bypass-protocol
    """.split()  # noqa: SIM905 (as above)
)

WEBVPN = frozenset(
    """
    annotation anyconnect anyconnect-custom-attr anyconnect-custom-data anyconnect-essentials apcf auto-signon cache
    certificate-group-map character-encoding csd customization default-idle-timeout default-language dtls
    error-recovery file-encoding hostscan hsts-client hsts-server http-headers http-proxy http-server-check
    https-proxy internal-password java-trustpoint keepout logo max-anyconnect-premium-or-essentials-limit memory-size
    mobile-device no onscreen-keyboard port port-forward portal-access-rule proxy-bypass rewrite saml smart-tunnel
    sso-server svc title tunnel-group-list tunnel-group-preference url-list
    """.split()  # noqa: SIM905 (as above)
)

POLICY_MAP_ACTIONS = frozenset(
    """
    description flow-export inspect no parameters police priority service-policy set shape user-statistics
    """.split()  # noqa: SIM905 (as above)
)
"""Below a class of a policy map: what leaves initiations alone, or stops only what is malformed or too much."""
