"""Secrets as Cisco devices write them are replaced, each in its line; what is no secret stays."""

from __future__ import annotations

import pytest

from leadglass.network.masking import mask


@pytest.mark.parametrize(
    "line",
    [
        "enable password CANARY encrypted",
        "enable secret 5 CANARY",
        "passwd CANARY encrypted",
        "username admin password CANARY encrypted privilege 15",
        "username admin privilege 15 secret 9 CANARY",
        " key CANARY",
        " key 7 CANARY",
        "failover key hex CANARY",
        "failover ipsec pre-shared-key CANARY",
        " ikev1 pre-shared-key CANARY",
        " ikev2 local-authentication pre-shared-key 0 CANARY",
        "crypto isakmp key CANARY address 198.51.100.1",
        " ldap-login-password CANARY",
        "snmp-server community CANARY RO",
        "snmp-server host inside 10.0.0.1 community CANARY version 2c",
        "snmp-server host 10.0.0.1 version 2c CANARY",
        "snmp-server user u g v3 auth sha CANARY priv aes 128 CANARY",
        " ip ospf message-digest-key 1 md5 7 CANARY",
        " neighbor 10.0.0.1 password 7 CANARY",
        "ntp authentication-key 1 md5 CANARY 7",
        " standby 1 authentication CANARY",
        " key-string 7 CANARY",
        "tacacs-server key 7 CANARY",
        "ppp chap password 0 CANARY",
    ],
)
@pytest.mark.parametrize("syntax", ["asa", "ios"])
def test_a_secret_is_replaced(line: str, syntax: str) -> None:
    found = mask(f"hostname edge\n{line}\nend", syntax)
    assert "CANARY" not in found
    assert found.split("\n")[0::2] == ["hostname edge", "end"]
    assert found.split("\n")[1].split()[0] == line.split(maxsplit=1)[0]


@pytest.mark.parametrize("syntax", ["asa", "ios"])
def test_filters_and_addresses_stay_as_they_are(syntax: str) -> None:
    line = "access-list IN extended permit tcp object-group A host 10.0.0.1 eq 104"
    assert mask(line, syntax) == line
