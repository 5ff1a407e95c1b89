"""A report is made and set in the console as it really runs: confined by Landlock and a system call filter."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.gateway.conftest import ENFORCE
from tests.gateway.running import Gateway
from tests.peers.scripted import ScriptedArchive

from leadglass.assessor.reports import kept
from leadglass.reporting.forms import FORMS
from leadglass.store.appstate.engine import open_appstate

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    archive = ScriptedArchive()
    routes = {"PACS": 'archive = "script"\n' + ENFORCE}
    gateway = Gateway(tmp_path_factory.mktemp("own"), {"script": archive.port}, routes, workers=1)
    try:
        yield gateway.wait_ready()
    finally:
        gateway.destroy()
        archive.close()


def browser(gateway: Gateway) -> httpx.Client:
    origin = f"https://127.0.0.1:{gateway.console}"
    headers = {"origin": origin, "sec-fetch-site": "same-origin"}
    return httpx.Client(base_url=origin, headers=headers, verify=False, timeout=60)


def sign_up(client: httpx.Client, gateway: Gateway) -> None:
    token = Path(gateway.data.setup_token).read_text().strip()
    given = {"token": token, "name": "a.visser", "password": PASSWORD, "again": PASSWORD}
    assert client.post("/sign-up", data=given).status_code == 303


def test_every_form_is_made_by_the_confined_console_and_is_what_this_process_makes(own: Gateway) -> None:
    status = own.status()
    assert status is not None
    confined = " ".join(next(child.confinement for child in status.children if child.name == "console"))
    assert "Landlock" in confined
    assert "no exec" in confined
    own.wait(lambda: own.http("/healthz")[0], "the console answers")
    with browser(own) as client:
        sign_up(client, own)
        answer = client.post("/assess/report")
        assert answer.status_code == 303, answer.text
        address = answer.headers["location"]
        assert re.fullmatch(r"/assess/report/\d+", address)
        assert "Where the hospital stands, area by area" in client.get(address).text
        engine = open_appstate(own.state)
        report = kept(engine, address.rpartition("/")[2])
        engine.dispose()
        for form in FORMS:
            got = client.get(f"{address}.{form.ending}")
            assert got.status_code == 200, got.text
            assert hashlib.sha256(got.content).hexdigest() == hashlib.sha256(form.write(report)).hexdigest(), form.name
    own.wait_recorded("administrator-action", action="report-made", subject=address.rpartition("/")[2])
