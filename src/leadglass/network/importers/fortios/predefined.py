"""Services, addresses and schedules that FortiOS has from the factory, for files that leave them out. Data only.

Source: Fortinet, FortiOS Administration Guide, "Predefined services", and the factory configuration of FortiOS 7.0 to
7.4. What a file says of one of these names counts more.
"""

from __future__ import annotations

TCP_UDP: dict[str, tuple[str, str]] = {
    "AFS3": ("7000-7009", "7000-7009"), "ALL_TCP": ("1-65535", ""), "ALL_UDP": ("", "1-65535"),
    "AOL": ("5190-5194", ""), "BGP": ("179", ""), "CVSPSERVER": ("2401", "2401"), "DCE-RPC": ("135", "135"),
    "DHCP": ("", "67-68"), "DHCP6": ("", "546 547"), "DNS": ("53", "53"), "FINGER": ("79", ""), "FTP": ("21", ""),
    "FTP_GET": ("21", ""), "FTP_PUT": ("21", ""), "GOPHER": ("70", ""), "H323": ("1720 1503", "1719"),
    "HTTP": ("80", ""), "HTTPS": ("443", ""), "IKE": ("", "500 4500"), "IMAP": ("143", ""), "IMAPS": ("993", ""),
    "IRC": ("6660-6669", ""), "Internet-Locator-Service": ("389", ""), "KERBEROS": ("88 464", "88 464"),
    "L2TP": ("1701", "1701"), "LDAP": ("389", ""), "LDAP_UDP": ("", "389"), "MGCP": ("2428", "2427 2727"),
    "MMS": ("1755", "1024-5000"), "MS-SQL": ("1433 1434", ""), "MYSQL": ("3306", ""),
    "NFS": ("111 2049", "111 2049"), "NNTP": ("119", ""), "NONE": ("0", ""), "NTP": ("123", "123"),
    "NetMeeting": ("1720", ""), "ONC-RPC": ("111", "111"), "PC-Anywhere": ("5631", "5632"), "POP3": ("110", ""),
    "POP3S": ("995", ""), "PPTP": ("1723", ""), "QUAKE": ("", "26000 27000 27910 27960"),
    "RADIUS": ("", "1812 1813"), "RADIUS-OLD": ("", "1645 1646"), "RAUDIO": ("", "7070"), "RDP": ("3389", ""),
    "REXEC": ("512", ""), "RIP": ("", "520"), "RLOGIN": ("513:512-1023", ""), "RSH": ("514:512-1023", ""),
    "RTSP": ("554 7070 8554", "554"), "SAMBA": ("139", ""), "SCCP": ("2000", ""), "SIP": ("5060", "5060"),
    "SIP-MSNmessenger": ("1863", ""), "SMB": ("445", ""), "SMTP": ("25", ""), "SMTPS": ("465", ""),
    "SNMP": ("161-162", "161-162"), "SOCKS": ("1080", "1080"), "SQUID": ("3128", ""), "SSH": ("22", ""),
    "SYSLOG": ("", "514"), "TALK": ("", "517-518"), "TELNET": ("23", ""), "TFTP": ("", "69"),
    "TRACEROUTE": ("", "33434-33535"), "UUCP": ("540", ""), "VDOLIVE": ("7000-7010", ""), "VNC": ("5900", ""),
    "WAIS": ("210", ""), "WINFRAME": ("1494 2598", ""), "WINS": ("1512", "1512"), "X-WINDOWS": ("6000-6063", ""),
}  # fmt: skip
"""Ranges of destination ports, as ``tcp-portrange`` and ``udp-portrange`` write them."""

IP: dict[str, int] = {"ALL": 0, "AH": 51, "ESP": 50, "GRE": 47, "OSPF": 89}
"""Protocol numbers; 0 is any."""

ICMP: dict[str, int | None] = {
    "ALL_ICMP": None, "INFO_ADDRESS": 17, "INFO_REQUEST": 15, "PING": 8, "TIMESTAMP": 13,
}  # fmt: skip
"""ICMP types; None is any."""

ICMP6: dict[str, int | None] = {"ALL_ICMP6": None, "PING6": 128}

GROUPS: dict[str, tuple[str, ...]] = {
    "Email Access": ("DNS", "IMAP", "IMAPS", "POP3", "POP3S", "SMTP", "SMTPS"),
    "Exchange Server": ("DCE-RPC", "DNS", "HTTPS"),
    "Web Access": ("DNS", "HTTP", "HTTPS"),
    "Windows AD": ("DCE-RPC", "DNS", "KERBEROS", "LDAP", "LDAP_UDP", "SAMBA", "SMB"),
}
ADDRESSES = {"all": "0.0.0.0 0.0.0.0", "none": "0.0.0.0 255.255.255.255"}
ADDRESSES6 = {"all": "::/0", "none": "::/128"}
SCHEDULES = {"always": True, "none": False}
"""Whether it is always, or never."""
