"""The demonstration hospital's network: real configurations, read to the last line, with the faults of the survey."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leadglass.assessor.network import Compared, compare_network
from leadglass.demo import network
from leadglass.network.rules.ruling import Verdict
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.network import network_files, network_texts

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_appstate(tmp_path / "app.sqlite")
    yield opened
    opened.dispose()


@pytest.fixture
def compared(engine: Engine) -> Compared:
    assert network.describe(engine, NOW)
    files, texts = network_texts(engine)
    return compare_network(files, texts, frozenset(), lambda _what, _done, _of: None)


def test_it_is_described_once_and_never_over_what_somebody_described(engine: Engine) -> None:
    assert network.describe(engine, NOW)
    before = network_files(engine)
    assert not network.describe(engine, NOW)
    assert network_files(engine) == before


def test_every_line_that_bears_on_what_may_pass_is_understood(compared: Compared) -> None:
    assert len(compared.network.devices) == 2
    for device in compared.network.devices:
        assert device.coverage.understood == device.coverage.relevant > 10
        assert not device.doubts
        assert not device.dynamic


def test_it_has_the_faults_that_the_survey_found_most_often(compared: Compared) -> None:
    bad = {one.control for one in compared.ruled if one.verdict is Verdict.NOT_MET}
    assert bad >= {
        "fw-ris",  # the RIS is not isolated
        "fw-pacs",  # the PACS is open to the whole internal network
        "dmz-requests",  # no DMZ
        "gw-single", "gw-hospital-managed",  # several gateways, the vendors' own
        "vpn-no-dialup", "vpn-only",
        "vlan-zones",  # a flat network
        "mon-snmp",  # SNMP 2c
    }  # fmt: skip


def test_its_verdicts_are_certain_so_that_a_newcomer_sees_gaps_and_no_shrugs(compared: Compared) -> None:
    assert not [gap.id for gap in compared.gaps if gap.kind == "cannot-tell"]
    ids = set(compared.by_id)
    assert {"internet--servers--https", "internet--radiology--openvpn", "ct-vendor--radiology--rdp"} <= ids
    assert {"wards--servers--dicom", "wards--ris--rdp", "radiology--internet--https"} <= ids
    assert "wards--his--ssh" not in ids


@pytest.mark.parametrize("name", ["core-firewall.json", "edge-firewall.json"])
def test_the_rulesets_are_what_nft_itself_loads_and_prints(name: str) -> None:
    text = next(one.text for one in network.texts() if one.name == name)
    ruleset, _ = json.JSONDecoder().raw_decode(text)
    alone = [
        shutil.which("unshare") or "unshare",
        "--map-root-user",
        "--net",
        shutil.which("sh") or "sh",
        "-c",
        "nft -j -f - && nft -j list ruleset",
    ]
    done = subprocess.run(alone, input=json.dumps(ruleset), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout[done.stdout.index('{"nftables": [{"metainfo"') :])
    kept = [kind for one in ruleset["nftables"] for kind in one if kind != "metainfo"]
    assert [kind for one in printed["nftables"] for kind in one if kind != "metainfo"] == kept
