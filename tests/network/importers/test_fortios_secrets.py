"""Secrets in a FortiGate's backup: none is in what is read from it, and masking changes nothing of what it means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadglass.network.importers import fortios
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.masking import mask

BACKUP = (Path(__file__).parents[2] / "vectors" / "network" / "fortios" / "hospital.conf").read_text()
UNKNOWN = """config table of-tomorrow
    edit "new"
        set vault-secret "canary in quotes"
        set pin-key canary unquoted
        set cert-of-tomorrow "-----BEGIN RSA PRIVATE KEY-----
canaryKeyLine3
-----END RSA PRIVATE KEY-----"
        set comment "the password is canary-in-words, they say"
    next
end
"""


@pytest.mark.parametrize("cut", [0, 1])
def test_no_secret_is_in_anything_that_is_read_even_from_tables_that_nobody_knows(cut: int) -> None:
    text = BACKUP + UNKNOWN
    assert len(re.findall("canary", text)) == 9
    if cut:
        with pytest.raises(ConfigurationUnreadable) as caught:
            fortios.read(text[: text.rindex("next")], "edge.conf", "edge")
        assert "canary" not in f"{caught.value} {caught.value.hint}"
    else:
        device = fortios.read(text, "edge.conf", "edge")
        assert device.doubts
        assert any("<masked>" in place.text for place in device.coverage.missed)
        assert "canary" not in repr(device)
        for place in device.coverage.missed:
            assert "canary" not in place.text


@pytest.mark.parametrize(
    "line",
    [
        "set psksecret ENC canary/+=",
        "set password canary",
        'set passwd "canary of words"',
        'set auth-pwd "a \\"canary\\" b"',
        "set md5-key 1 ENC canary",
        "set key-string canary",
        "set ppk-secret canary",
        "set auth-password-l1 ENC canary",
        'set api-key "canary"',
        "set wifi-passphrase canary",
        'set description "PSK = canary"',
        'set server "https://user:canary@192.0.2.1/"',
    ],
)
def test_each_kind_of_secret_is_masked_and_the_rest_of_its_line_is_not(line: str) -> None:
    masked = mask(f"        {line}", "fortios")
    assert "canary" not in masked
    assert masked.startswith(f"        {' '.join(line.split()[:2])}")


@pytest.mark.parametrize(
    "line", ["set keylife 3600", 'set name "public"', "set service-negate enable", "set hash-keys"]
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask(line, "fortios") == line


def test_the_names_of_snmp_communities_are_secrets_and_no_other_names_are() -> None:
    masked = mask(BACKUP, "fortios")
    assert 'config system snmp community\n    edit 1\n        set name "<masked>"' in masked
    assert 'set name "deny everything from the worst"' in masked


def test_a_masked_backup_has_its_lines_where_they_were_and_means_the_same() -> None:
    masked = mask(BACKUP, "fortios")
    assert "canary" not in masked
    assert masked.count("\n") == BACKUP.count("\n")
    before, after = fortios.read(BACKUP, "edge.conf", "edge"), fortios.read(masked, "edge.conf", "edge")
    assert (after.steps, after.interfaces, after.routes) == (before.steps, before.interfaces, before.routes)
    assert (after.coverage, after.findings) == (before.coverage, before.findings)
