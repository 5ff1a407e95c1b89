"""Names of FortiOS tables and settings that are certainly without effect on which packets may pass. Data only.

Source: Fortinet, FortiOS CLI Reference 5.6 to 7.6. Logging, profiles that inspect what a policy accepts, quality of
service, management of the device itself, appearance.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FAMILIES = _names(
    """alertemail antivirus application authentication automation aws azure casb certificate cifs client-reputation
    credential-store diameter-filter dlp dnsfilter dpdk emailfilter endpoint-control extender extender-controller
    extension-controller file-filter gcp gui hardware icap imp2p ips log monitoring netscan nsx nsxt ocvpn report rule
    sctp-filter spamfilter ssh-filter switch-controller telemetry-controller user videofilter virtual-patch voip waf
    wanopt webfilter wireless-controller"""
)
"""First words of tables."""

BEGINNINGS = (
    "firewall ssl", "firewall ssh", "firewall shap", "firewall internet-service", "firewall wildcard-fqdn",
    "firewall profile-", "firewall shaper", "system replacemsg", "system automation-", "system sso-", "system vdom-",
    "system ips", "system central-management", "system snmp", "system lte", "system modem", "system np", "system dns",
    "system autoupdate", "system ntp", "system admin", "system dhcp", "system dhcp6", "system csf", "system fortiguard",
    "system sms", "system auto-", "system fortiai", "system fortindr", "system fortisandbox", "system ipam",
    "system external-resource", "system federated", "system device-", "system mobile-tunnel-", "system ptp",
    "vpn certificate", "vpn ssl web", "vpn ssl client", "vpn kmip", "vpn qkd", "vpn ipsec forticlient",
    "vpn ipsec fec", "web-proxy ", "router access-list", "router prefix-list", "router route-map", "router key-chain",
    "router aspath-list", "router community-list", "router extcommunity-list", "router auth-path", "router bfd",
    "router multicast", "system netflow", "system sflow", "system speed-test", "system config", "system lldp",
    "system security-rating", "system vne-", "firewall proxy-addr", "vpn ocvpn", "system dedicated-mgmt",
    "system management-tunnel", "system saml", "system 5g-modem", "system wireless",
)  # fmt: skip

TABLES = frozenset(
    {
        *(
            f"firewall {name}"
            for name in _names(
                """DoS-policy DoS-policy6 interface-policy interface-policy6 local-in-policy local-in-policy6 sniffer
                multicast-address multicast-address6 ttl-policy auth-portal identity-based-route ldb-monitor
                traffic-class ssl-server on-demand-sniffer decrypted-traffic-mirror global region country city
                vendor-mac vendor-mac-summary dnstranslation gtp carrier-endpoint-bwl mms-profile
                network-service-dynamic address6-template access-proxy-virtual-host
                access-proxy-ssh-client-cert pfcp"""
            )
        ),
        "firewall service category",
        "router setting",
        *(
            f"system {name}"
            for name in _names(
                """global accprofile ha password-policy password-policy-guest-admin email-server alarm api-user console
                custom-language object-tagging object-tag storage session-ttl session-helper arp-table proxy-arp
                ipv6-neighbor-cache mac-address-table lldp physical-switch virtual-switch stp saml fips-cc fm
                fortimanager ftm-push geoip-country geoip-override gi-gk acme alias affinity-interrupt
                affinity-packet-redistribution amc-slot aggregate bypass cmdb cluster-sync standalone-cluster
                standalone-sync probe-response link-monitor nat64 nd-proxy network-visibility resource-limits
                session-settings performance status tos-based-priority traffic wccp vne-interface wireless zone-pair
                geneve gre-tunnel ipip-tunnel vxlan sit-tunnel ipv6-tunnel pppoe-interface evpn pcp-server ike
                health-check-fortiguard sdn-connector sdn-proxy sdn-vpn cloud-service ddns nethsm tacacs
                interface-status isf-queue-profile ips-urlfilter-dns dscp-based-priority fortitoken report
                startup-error-log mgmt-csum info tunnel gslb sessions ssh-config ngfw-settings security-rating
                timezone vin-alarm icond"""
            )
        ),
    }
)  # fmt: skip

POLICY = _names(
    """uuid uuid-idx comments label global-label logtraffic-start capture-packet custom-log-fields utm-status
    inspection-mode profile-type profile-group profile-protocol-options ssl-ssh-profile av-profile webfilter-profile
    dnsfilter-profile emailfilter-profile spamfilter-profile dlp-sensor dlp-profile file-filter-profile ips-sensor
    application-list voip-profile ips-voip-filter icap-profile cifs-profile videofilter-profile waf-profile
    ssh-filter-profile sctp-filter-profile diameter-filter-profile virtual-patch-profile casb-profile
    telemetry-profile casi-profile mms-profile gtp-profile deep-inspection-options traffic-shaper
    traffic-shaper-reverse per-ip-shaper tcp-mss-sender tcp-mss-receiver tcp-session-without-syn anti-replay
    session-ttl diffserv-copy diffserv-forward diffserv-reverse diffservcode-forward diffservcode-rev vlan-cos-fwd
    vlan-cos-rev auto-asic-offload np-acceleration policy-offload delay-tcp-npu-session schedule-timeout
    firewall-session-dirty send-deny-packet block-notification replacemsg-override-group replacemsg-group wccp wanopt
    wanopt-detection wanopt-passive-opt wanopt-profile wanopt-peer webcache webcache-https webproxy-profile
    webproxy-forward-server redirect-url auth-path auth-cert auth-redirect-addr fsso fsso-agent-for-ntlm ntlm-guest
    ntlm-enabled-browsers rsso dsri timeout-send-rst decrypted-traffic-mirror passive-wan-health-measurement fec
    dynamic-shaping radius-ip-auth-bypass scan-botnet-connections ssl-mirror ssl-mirror-intf geoip-anycast geoip-match
    captive-portal-exempt tags color log-http-transaction port-preserve port-random sslvpn-auth sslvpn-ccert
    sslvpn-cipher traffic-shaper-id application-id log-unmatched-traffic bandwidth client-reputation failed-connection
    require-tfa capability"""
)

INTERFACE = _names(
    """description snmp-index mtu mtu-override macaddr speed inbandwidth outbandwidth inbandwidth-guarantee color
    estimated-upstream-bandwidth estimated-downstream-bandwidth monitor-bandwidth device-identification ident-accept
    device-user-identification device-identification-active-scan device-access-list device-netscan fortilink
    fortilink-stacking fortilink-split-interface fortilink-backup-link fortilink-neighbor-detect broadcast-forward
    l2forward stpforward stpforward-mode vlanforward arpforward icmp-send-redirect icmp-accept-redirect src-check
    ips-sniffer-mode netbios-forward ipmac subst substitute-dst-mac dhcp-relay-ip dhcp-relay-type dhcp-relay-interface
    dhcp-relay-interface-select-method dhcp-relay-agent-option dhcp-relay-request-all-server dhcp-relay-circuit-id
    dhcp-relay-link-selection dhcp-relay-source-ip dhcp-relay-vrf-select dhcp-relay-allow-no-end-option
    dhcp-client-identifier dhcp-renew-time dhcp-smart-relay dhcp-classless-route-addition dhcp-broadcast-flag
    dhcp-snooping-server-list defaultgw distance priority dns-server-override dns-server-protocol username password
    ipunnumbered weight external trust-ip-1 trust-ip-2 trust-ip-3 trust-ip6-1 trust-ip6-2 trust-ip6-3 dedicated-to
    fail-detect fail-detect-option fail-alert-method fail-action-on-extender fail-alert-interfaces
    auto-auth-extension-device netflow-sampler netflow-sample-rate netflow-sampler-id sflow-sampler sample-rate
    sample-direction polling-interval preserve-session-route cli-conn-status tcp-mss bfd bfd-desired-min-tx
    bfd-detect-mult bfd-required-min-rx redundant-interface devindex vindex min-links min-links-down algorithm
    link-up-delay link-down-delay lag-out-port-select managed-device managed-subnetwork-size vrrp-virtual-mac
    egress-shaping-profile ingress-shaping-profile system-id system-id-type ap-discover bandwidth-measure-time
    explicit-web-proxy explicit-ftp-proxy proxy-captive-portal gwdetect ping-serv-status detectserver detectprotocol
    ha-priority drop-fragment drop-overlapped-fragment endpoint-compliance fortiheartbeat
    listen-forticlient-connection broadcast-forticlient-discovery wccp annex mediatype wins-ip spillover-threshold
    ingress-spillover-threshold idle-timeout disc-retry-timeout padt-retry-timeout service-name ac-name
    lcp-echo-interval lcp-max-echo-fails auth-type priority-override replacemsg-override-group security-groups
    security-mac-auth-bypass security-ip-auth-bypass security-exempt-list security-redirect-url security-external-web
    security-external-logout auth-cert auth-portal-addr vlan-protocol vlan-op-mode stp stp-edge stp-ha-secondary
    stp-ha-slave transmit-mode mirroring-direction mirroring-port virtual-mac wifi-acl wifi-ap-band wifi-auth
    wifi-auto-connect wifi-auto-save wifi-broadcast-ssid wifi-encrypt wifi-fragment-threshold wifi-key wifi-keyindex
    wifi-mac-filter wifi-passphrase wifi-radius-server wifi-rts-threshold wifi-security wifi-ssid wifi-usergroup
    wifi-networks internal np-qos-profile forward-error-correction port-mirroring exclude-signatures
    telemetry-discover interconnect-profile eap-supplicant eap-method eap-identity eap-password eap-ca-cert
    eap-user-cert reachable-time select-profile-30a-35b sw-algorithm trunk ring-rx ring-tx fp-anomaly fp-disable
    profiles ike-saml-server client-options egress-queues tagging mirroring-filter phy-setting l2tp-client-settings
    phy-mode tc-mode atm-protocol vectoring pvc-atm-qos outbound-dest-override mac-ttl sfp-dsl sfp-dsl-mac
    generic-receive-offload dhcp-relay-option disconnect-threshold"""
)  # fmt: skip

INTERFACE6 = _names(
    """ip6-send-adv ip6-manage-flag ip6-other-flag ip6-max-interval ip6-min-interval ip6-link-mtu ip6-reachable-time
    ip6-retrans-time ip6-default-life ip6-hop-limit ip6-adv-rio ip6-route-pref ip6-dns-server-override ip6-prefix-list
    ip6-rdnss-list ip6-dnssl-list ip6-route-list ip6-delegated-prefix-list ip6-delegated-prefix-iaid ip6-prefix-mode
    ip6-upstream-interface ip6-subnet unique-autoconf-addr interface-identifier icmp6-send-redirect vrip6_link_local
    vrrp-virtual-mac6 cli-conn6-status client-options dhcp6-iapd-list"""
)

VRRP = _names(
    """vrgrp version priority adv-interval start-time preempt accept-mode vrdst vrdst-priority vrdst6
    ignore-default-route proxy-arp"""
)

VIP = _names(
    """id arp-reply gratuitous-arp-interval color persistence max-embryonic-connections outlook-web-access monitor
    dns-mapping-ttl server-name nat-port mysql-version ldb-weight quic h2-support h3-support h3-client max-http3-conn
    user-agent-detect client-cert empty-cert-action"""
)

REAL_SERVER = _names(
    """holddown-interval healthcheck http-host max-connections monitor client-ip weight seq id verify-cert
    translate-host health-check-proto"""
)

SETTINGS = _names(
    """comments inspection-mode implicit-allow-dns ssl-ssh-profile http-external-dest firewall-session-dirty manageip
    gateway ip manageip6 gateway6 ip6 device bfd utf8-spam-tagging wccp-cache-engine vpn-stats-log vpn-stats-period
    v4-ecmp-mode mac-ttl fw-session-hairpin prp-trailer-action snat-hairpin-traffic lldp-transmission lldp-reception
    link-down-access auxiliary-session tcp-session-without-syn strict-src-check allow-linkdown-path
    sctp-session-without-init h323-direct-model multicast-ttl-notchange allow-subnet-overlap deny-tcp-with-icmp
    ecmp-max-paths discovered-device-timeout email-portal-check-dns default-voip-alg-mode block-land-attack
    default-app-port-as-service application-bandwidth-tracking lan-extension-controller-addr
    lan-extension-controller-port location-id fqdn-session-check ext-resource-session-check dyn-addr-session-check
    default-policy-expiry-days internet-service-database-cache detect-unknown-esp intree-ses-best-route
    policy-offload-level hyperscale-default-policy-action dp-load-distribution-method motherboard-traffic-forwarding
    nonat-eif-key-sel nat-port-alloc-ikev2 internet-service-app-ctrl-size user-agent discovered-source"""
)

SERVICE = _names(
    """category helper session-ttl tcp-halfclose-timer tcp-halfopen-timer tcp-timewait-timer tcp-rst-timer
    udp-idle-timer check-reset-range explicit-proxy"""
)

PHASE1 = _names(
    """psksecret psksecret-remote peertype peerid peer peergrp usrgrp local-gw local-gw6 keylife certificate
    certificate-signer comments nattraversal keepalive idle-timeout idle-timeoutinterval localid localid-type banner
    include-local-lan save-password client-auto-negotiate client-keep-alive backup-gateway domain dns-mode
    unity-support inter-vdom xauthtype reauth negotiate-timeout fragmentation fragmentation-mtu ip-fragmentation esn
    npu-offload wizard-type distance priority childless-ike rekey eap eap-identity eap-exclude-peergrp acct-verify ppk
    ppk-identity ppk-secret suite-b digital-signature-auth signature-hash-alg rsa-signature-format
    rsa-signature-hash-override enforce-unique-id cert-id-validation monitor monitor-hold-down-delay
    monitor-hold-down-time monitor-hold-down-type monitor-hold-down-weekday mesh-selector-type packet-redistribution
    passive-mode tunnel-search network-overlay network-id loopback-asymroute link-cost vni encapsulation
    encapsulation-address encap-local-gw4 encap-local-gw6 encap-remote-gw4 encap-remote-gw6 color nattransport
    send-cert-chain group-authentication group-authentication-secret default-gw default-gw-priority
    internal-domain-list aggregate-weight add-gw-route ip-version proposal-suite transport fallback-tcp-threshold
    fortinet-esp udp-encap qkd qkd-profile ems-sn-check dns-suffix-search exchange-fgt-device-id split-include-service
    shared-idle-timeout azure-ad-autoconnect kms client-resume client-resume-interval addke1 addke2 addke3 addke4
    addke5 addke6 addke7"""
)

PHASE2 = _names(
    """replay keepalive auto-negotiate keylifeseconds keylifekbs keylife-type keylife comments encapsulation l2tp
    single-source dhcp-ipsec initiator-ts-narrow diffserv diffservcode add-route inbound-dscp-copy ipv4-df
    auto-discovery-sender auto-discovery-forwarder add-gw-route use-natip selector-match addke1 addke2 addke3 addke4
    addke5 addke6 addke7"""
)

SSL_SETTINGS = _names(
    """servercert algorithm idle-timeout auth-timeout dns-suffix dns-server1 dns-server2 wins-server1 wins-server2
    ipv6-dns-server1 ipv6-dns-server2 ipv6-wins-server1 ipv6-wins-server2 url-obscuration banned-cipher ciphersuite
    reqclientcert port port-precedence auto-tunnel-static-route default-portal source-address source-address-negate
    source-address6 source-address6-negate header-x-forwarded-for authentication-rule browser-language-detection
    check-referer tlsv1-0 tlsv1-1 tlsv1-2 tlsv1-3 sslv3 tunnel-connect-without-reauth tunnel-user-session-timeout
    tunnel-addr-assigned-method unsafe-legacy-renegotiation hsts-include-subdomains encrypt-and-store-password
    force-two-factor-auth user-peer transform-backward-slashes deflate-compression-level deflate-min-data-size
    client-sigalgs dual-stack-mode server-hostname encode-2f-sequence route-source-interface"""
)

L2TP = _names("hello-interval lcp-echo-interval lcp-max-echo-fails compress")
