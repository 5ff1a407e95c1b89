"""Names that Cisco devices write for protocols, ports and ICMP types. Only values; no device's grammar.

Source: "Addresses, Protocols, and Ports" of the ASA general operations configuration guide; "IP access list" of the
IOS security command reference. A name whose value differs between documents has all of them.
"""

from __future__ import annotations

PROTOCOLS: dict[str, int] = {
    "icmp": 1, "igmp": 2, "ipinip": 4, "ipip": 4, "tcp": 6, "igrp": 9, "udp": 17, "gre": 47, "pptp": 47, "esp": 50,
    "ipsec": 50, "ah": 51, "ahp": 51, "icmp6": 58, "eigrp": 88, "ospf": 89, "nos": 94, "pim": 103, "pcp": 108,
    "snp": 109, "sctp": 132,
}  # fmt: skip

PORTS: dict[str, tuple[int, ...]] = {
    "aol": (5190,), "bgp": (179,), "biff": (512,), "bootpc": (68,), "bootps": (67,), "chargen": (19,),
    "cifs": (445, 3020), "citrix-ica": (1494,), "cmd": (514,), "connectedapps-plain": (15001,),
    "connectedapps-tls": (15002,), "ctiqbe": (2748,), "daytime": (13,), "discard": (9,), "dnsix": (90, 195),
    "domain": (53,), "drip": (3949,), "echo": (7,), "exec": (512,), "finger": (79,), "ftp": (21,), "ftp-data": (20,),
    "gopher": (70,), "h323": (1720,), "hostname": (101,), "http": (80,), "https": (443,), "ident": (113,),
    "imap4": (143,), "irc": (194,), "isakmp": (500,), "kerberos": (88, 750), "klogin": (543,), "kshell": (544,),
    "ldap": (389,), "ldaps": (636,), "login": (513,), "lotusnotes": (1352,), "lpd": (515,), "mobile-ip": (434,),
    "msrpc": (135,), "nameserver": (42,), "netbios-dgm": (138,), "netbios-ns": (137,), "netbios-ss": (139,),
    "netbios-ssn": (139,), "nfs": (2049,), "nntp": (119,), "non500-isakmp": (4500,), "ntp": (123,),
    "onep-plain": (15001,), "onep-tls": (15002,), "pcanywhere-data": (5631,), "pcanywhere-status": (5632,),
    "pim-auto-rp": (496,), "pop2": (109,), "pop3": (110,), "pptp": (1723,), "radius": (1645,), "radius-acct": (1646,),
    "rip": (520,), "rpc": (111,), "rsh": (514,), "rtsp": (554,), "secureid-udp": (5510,), "sip": (5060,),
    "smtp": (25,), "snmp": (161,), "snmptrap": (162,), "sqlnet": (1521, 1522), "ssh": (22,), "sunrpc": (111,),
    "syslog": (514,), "tacacs": (49,), "tacacs-ds": (49, 65), "talk": (517,), "telnet": (23,), "tftp": (69,),
    "time": (37,), "uucp": (540,), "vxlan": (4789,), "who": (513,), "whois": (43,), "www": (80,), "xdmcp": (177,),
}  # fmt: skip

ICMP_TYPES: dict[str, int] = {
    "echo-reply": 0, "unreachable": 3, "source-quench": 4, "redirect": 5, "alternate-address": 6, "echo": 8,
    "router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12,
    "timestamp-request": 13, "timestamp-reply": 14, "information-request": 15, "information-reply": 16,
    "mask-request": 17, "mask-reply": 18, "traceroute": 30, "conversion-error": 31, "mobile-redirect": 32,
}  # fmt: skip

ICMP6_TYPES: dict[str, int] = {
    "unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo": 128,
    "echo-request": 128, "echo-reply": 129, "membership-query": 130, "membership-report": 131,
    "membership-reduction": 132, "router-solicitation": 133, "router-advertisement": 134,
    "neighbor-solicitation": 135, "neighbor-advertisement": 136, "neighbor-redirect": 137, "router-renumbering": 138,
    "nd-ns": 135, "nd-na": 136,
}  # fmt: skip
