"""How long the assessment's pages take over HTTPS, asked of the console of a running demonstration. Judges none."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench import hospitals
from bench.processes import BenchError, Process
from bench.rows import ASSESS, Row, row
from leadglass.assessor.cohort import limits_of, print_cohort, printed_cohort
from leadglass.assessor.knowledge import knowledge
from leadglass.config import load
from leadglass.console.app import PAGES
from leadglass.store.appstate.cohort import receive_many
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.fields import moment

HOSPITALS = 1_000
ASKS = 60  # of each page
_PASSWORD = "correct horse battery"

ADDRESSES = {
    "/assess": "/assess",
    "/assess/survey": "/assess/survey",
    "/assess/survey/{section}/{question}": "/assess/survey/firewall/firewall-ris",
    "/assess/survey/check": "/assess/survey/check",
    "/assess/survey/history": "/assess/survey/history",
    "/assess/survey/paper": "/assess/survey/paper",
    "/assess/survey/links": "/assess/survey/links",
    "/assess/controls": "/assess/controls",
    "/assess/controls/{id}": "/assess/controls/fw-ris",
    "/assess/contradictions": "/assess/contradictions",
    "/assess/risks": "/assess/risks",
    "/assess/risks/{id}": "/assess/risks/new?control=fw-ris",
    "/assess/cohort": "/assess/cohort",
    "/assess/cohort/{question}": "/assess/cohort/firewall-ris",
    "/assess/contribute": "/assess/contribute",
    "/assess/files": "/assess/files",
    "/assess/report": "/assess/report",
    "/assess/report/{name}": "",  # the one that is made here
}
"""Every page of the assessment by its path, with an address of it."""
NO_PAGES = frozenset(
    {
        "/assess/files/import",
        "/assess/files/answers.json",
        "/assess/files/answers.xlsx",
        "/assess/cohort/leadglass-cohort.json",
        "/assess/contribute/leadglass-contribution.json",
    }
)
"""Addresses under /assess that answer with a file, or to a form alone."""


def served() -> list[str]:
    """The paths of the assessment's pages that the console serves."""
    return [page.path for page in PAGES if page.get and page.path.startswith("/assess") and page.path not in NO_PAGES]


def measure(where: Path, *, quick: bool) -> list[Row]:
    """All pages with the demonstration's data, then with many hospitals' contributions beside them."""
    asks, count = (3, 40) if quick else (ASKS, HOSPITALS)
    with (
        demonstration(where) as facts,
        httpx.Client(verify=False, base_url=facts["console"], timeout=60) as client,
    ):  # its certificate is its own
        sign_up(client, facts["console"], facts["token"])
        addresses = dict(ADDRESSES) | {"/assess/report/{name}": report(client, facts["console"])}
        found = [_slowest("page p95, demonstration's data", client, addresses, asks, quick)]
        seconds = contribute(Path(facts["config"]), count)
        first = ask(client, addresses["/assess/cohort"])
        found.append(_slowest("page p95, 1,000 contributions", client, addresses, asks, quick))
        found.append(row("first look at 1,000 contributions", first, "ms", required=ASSESS, judged=not quick))
        found.append(row("printing 1,000 contributions", seconds, "s", required=ASSESS, judged=not quick))
    return found


@contextmanager
def demonstration(where: Path) -> Iterator[dict[str, Any]]:
    """One that runs, with what it says about itself."""
    command = [sys.executable, "-m", "leadglass", "demo", "--stand-ins", "--interval", "3", "--json"]
    process = Process("the demonstration", [*command, "--data", str(where / "demo")], where / "demonstration.log")
    try:
        yield process.document()
    finally:
        process.stop()


def sign_up(client: httpx.Client, origin: str, token: str) -> None:
    """Make the first account; the client keeps the session."""
    client.headers.update({"origin": origin, "sec-fetch-site": "same-origin"})
    said = {"token": token, "name": "bench", "password": _PASSWORD, "again": _PASSWORD}
    answer = client.post("/sign-up", data=said)
    if answer.status_code != 303:
        raise BenchError(f"the first account was not made: {answer.status_code}", "see the demonstration's log")


def report(client: httpx.Client, origin: str) -> str:
    """The address of a report made now."""
    answer = client.post("/assess/report")
    address = str(answer.headers.get("location", "")).removeprefix(origin)
    if not re.fullmatch(r"/assess/report/[0-9]+", address):
        raise BenchError(f"no report was made: {answer.status_code} {address}", "see the demonstration's log")
    return address


def contribute(file: Path, count: int) -> float:
    """Takes in that many invented hospitals and prints them; the seconds that printing took."""
    configuration, known = load(file), knowledge()
    engine = open_appstate(configuration.application_state)
    limits, at = limits_of(configuration.assessment), moment(time.time_ns())
    try:
        made = hospitals.contributions(known.instrument, count)
        receive_many(engine, made, by="bench", address="", at=at)
        start = time.perf_counter()
        print_cohort(engine, known, limits, by="bench", address="", at=at)
        seconds = time.perf_counter() - start
        if printed_cohort(engine, known, limits).at is None:
            raise BenchError("nothing was printed", "are there enough hospitals?")
        return seconds
    finally:
        engine.dispose()


def _slowest(what: str, client: httpx.Client, addresses: dict[str, str], asks: int, quick: bool) -> Row:
    """The page with the highest 95th percentile; the others are named beside it."""
    times = {path: percentile([ask(client, addresses[path]) for _ in range(asks)]) for path in served()}
    ordered = sorted(times, key=lambda path: -times[path])
    others = ", ".join(f"{path} {times[path]:.3g}" for path in ordered)
    return row(what, times[ordered[0]], "ms", note=others, required=ASSESS, judged=not quick)


def percentile(times: list[float]) -> float:
    """The 95th: at least 95 of 100 are no larger."""
    return sorted(times)[-(-95 * len(times) // 100) - 1]


def ask(client: httpx.Client, address: str) -> float:
    """Milliseconds from a request to the end of its answer."""
    start = time.perf_counter()
    answer = client.get(address)
    took = (time.perf_counter() - start) * 1e3
    if answer.status_code != 200:
        raise BenchError(f"{address} answered {answer.status_code}", "see the demonstration's log")
    return took
