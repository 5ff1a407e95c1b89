"""Old months go from the record of a running gateway, and from every page of its console."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

from tests.gateway.conftest import ENFORCE
from tests.gateway.running import Gateway, peer
from tests.ledger.small_ledger import merge, record, transfer_begun, transfer_closed
from tests.peers.caller import Caller, ct_image
from tests.peers.scripted import ScriptedArchive

from leadglass.errors import LeadglassError
from leadglass.store.projection.interface import Filter


def old_record(data: Path) -> None:
    """A record that ends in 2015."""
    for log in ("2014-03", "2015-04"):
        at = int(datetime.fromisoformat(f"{log}-15T12:00+00:00").timestamp()) * 1_000_000_000
        record(data, [transfer_begun(patient="OF-" + log), transfer_closed()], writer="w0")
        merge(data, now_ns=lambda at=at: at)  # type: ignore[misc]  # mypy cannot infer it


def accesses(gateway: Gateway, patient: str) -> int:
    """How many a page would show; -1 while the index is being made."""
    try:
        projection = gateway.projection()
    except LeadglassError:
        return -1
    try:
        return len(projection.accesses(Filter(patient=patient), "", 10)[0])
    except LeadglassError:
        return -1
    finally:
        projection.close()


def test_old_months_go_from_the_record_and_the_pages_while_images_flow(tmp_path: Path) -> None:
    archive = ScriptedArchive()
    directory = tmp_path / "gateway"
    old_record(directory / "data")
    gateway = Gateway(
        directory, {"script": archive.port}, {"SCRIPT": 'archive = "script"\n' + ENFORCE}, peers=(peer("STORER"),)
    )
    try:
        gateway.wait_ready()
        gateway.wait(lambda: accesses(gateway, "OF-2014-03") == 1, "the console shows the old patient")
        console = gateway.children()["console"]
        with Caller(gateway.port, "STORER", "SCRIPT") as caller:
            caller.associate()
            said = gateway.cli("audit", "prune", "--before", "2015-01", "--yes", "--json")
            assert said.returncode == 0, said.stderr
            assert [month["log"] for month in json.loads(said.stdout)["pruned"]] == ["2014-03"]
            assert caller.store("2.25.77", ct_image("2.25.77", patient="TODAY")) == 0
            caller.release()
        gateway.wait(lambda: gateway.children().get("console", console) != console, "another console")
        gateway.wait(lambda: accesses(gateway, "TODAY") == 1, "it shows what came since")
        assert accesses(gateway, "OF-2015-04") == 1
        assert accesses(gateway, "OF-2014-03") == 0
        holders = [p for p in gateway.data.root.rglob("*") if p.is_file() and b"OF-2014-03" in p.read_bytes()]
        assert holders == []
        gateway.wait_recorded("administrator-action", action="record-pruned", subject="2014-03")
        verified = json.loads(gateway.cli("audit", "verify", "--json").stdout)
        assert verified["clean"]
    finally:
        gateway.destroy()
        archive.close()
        shutil.rmtree(directory, ignore_errors=True)
