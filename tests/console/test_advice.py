from __future__ import annotations

import time

from tests.console import hospital

from leadglass.console.advice import advise, verdict
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


def test_the_verdict_is_the_worst_of_it() -> None:
    bad = advise(hospital.status(NOW), 0, NOW)
    assert verdict(bad, 5, 1, "hour").tone == "bad"
    assert verdict((), 5, 0, "hour").text == "Clinical traffic is flowing"
    assert verdict((), 0, 0, "hour").text == "Nothing was sent in the last hour"
    assert verdict((), 0, 1, "hour").tone == "good"


def test_banners_speak_only_of_what_is_impaired() -> None:
    assert banners(Glimpse(hospital.status(NOW)), "") == ()
    (impaired,) = banners(Glimpse(hospital.status(NOW, "disk full")), "")
    assert "fail-open" in impaired.text
    assert impaired.since == NOW - hospital.MINUTE
    assert [banner.tone for banner in banners(Glimpse(None, "refused"), "behind")] == ["bad", "warn"]


def test_no_worker_at_all_is_bad() -> None:
    assert advise(Status(NOW, "0", 1, ""), 0, NOW)[0].tone == "bad"
