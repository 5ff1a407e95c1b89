from __future__ import annotations

import time
from pathlib import Path

from msgspec.structs import replace
from tests.console import hospital

from leadglass.config import load
from leadglass.console.advice import advise, first_steps, verdict
from leadglass.console.banner import banners
from leadglass.console.live import Glimpse
from leadglass.model.status import Status

NOW = time.time_ns()


def test_the_worst_comes_first_and_says_since_when() -> None:
    advice = advise(hospital.status(NOW, "disk full"), 0, NOW)
    assert [line.tone for line in advice] == sorted((line.tone for line in advice), key=("bad", "warn", "info").index)
    since = {line.text.split(":")[0]: line.since for line in advice}
    assert since["Archive research cannot be reached by w0"] == NOW - 7 * hospital.MINUTE
    assert since["Worker w0 cannot record"] == NOW - hospital.MINUTE


def test_a_decision_that_waits_is_no_alarm() -> None:
    waiting = [line for line in advise(hospital.status(NOW), 3, NOW) if "unknown" in line.text]
    assert [(line.tone, line.link) for line in waiting] == [("info", "/peers")]


def test_one_caller_waits_and_two_wait() -> None:
    callers = hospital.unknown(NOW)
    for shown, said in ((1, "1 unknown caller waits for a decision"), (2, "2 unknown callers wait for a decision")):
        status = replace(hospital.status(NOW), unknown_peers=callers[:shown])
        assert said in {line.text for line in advise(status, 0, NOW)}


def test_the_first_steps_name_address_port_and_titles(tmp_path: Path) -> None:
    file = tmp_path / "leadglass.toml"
    file.write_text(hospital.CONFIGURATION.format(data=tmp_path, listener=11_112, console=8443))
    steps = first_steps(load(file), "gateway.example")
    assert steps.text == "Point a device at 127.0.0.1 port 11112 with the called AE title PACS or RESEARCH"
    assert "until then it is refused" in steps.hint
    file.write_text(
        file.read_text().replace('"enforce"', '"observe"').replace('address = "127.0.0.1"', 'address = "::"', 1)
    )
    steps = first_steps(load(file), "gateway.example")
    assert "gateway.example port 11112" in steps.text
    assert "forwarded" in steps.hint


def test_the_verdict_is_the_worst_of_it() -> None:
    bad = advise(hospital.status(NOW), 0, NOW)
    assert verdict(bad, 5, 1, "hour").tone == "bad"
    assert verdict((), 5, 0, "hour").text == "Clinical traffic is flowing"
    assert verdict((), 0, 0, "hour").text == "Nothing was sent in the last hour"
    assert verdict((), 0, 1, "hour").tone == "good"
    assert verdict((), 0, 0, "hour", fresh=True).text == "Ready: no device has called yet"


def test_banners_speak_only_of_what_is_impaired() -> None:
    assert banners(Glimpse(hospital.status(NOW)), "") == ()
    (impaired,) = banners(Glimpse(hospital.status(NOW, "disk full")), "")
    assert "fail-open" in impaired.text
    assert impaired.since == NOW - hospital.MINUTE
    assert [banner.tone for banner in banners(Glimpse(None, "refused"), "behind")] == ["bad", "warn"]


def test_no_worker_at_all_is_bad() -> None:
    assert advise(Status(NOW, "0", 1, ""), 0, NOW)[0].tone == "bad"
