"""What is wrong and what to do next, as sentences with a place to go: `health.problems` for people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadglass.config import Configuration
from leadglass.console.roles import Permission
from leadglass.console.text import plural
from leadglass.health import Problem, problems
from leadglass.model.route import Mode
from leadglass.model.status import Status

_ANY_ADDRESS = ("::", "0.0.0.0")  # noqa: S104 (compared with, never bound)
_TONES = {"critical": "bad", "warning": "warn", "info": "info"}
_Place = tuple[str, str, Permission]
_PLACES: dict[str, _Place] = {  # code: (where to go, what to do there, who may); all else is seen under Health
    "unknown-callers": ("/peers", "Approve or block", "peers"),
    "plain-peers": ("/peers", "Pin certificates", "peers"),
    "certificate-ended": ("/peers", "See peers", "peers"),
    "certificate-ending": ("/peers", "See peers", "peers"),
    "route-observing": ("/refusals?would=yes", "See what enforcing would refuse", "refusals"),
}
_HEALTH: _Place = ("/health", "See health", "health")


@dataclass(frozen=True, slots=True)
class Advice:
    """One line of the overview.

    Attributes:
        tone: "bad" (patients' images are at stake), "warn" (will be), "info" (a decision waits).
        text, hint: what is so, and what to do.
        link, action: where to do it.
        permission: what `link` takes.
        since: UTC ns; 0 where it has no known beginning.
    """

    tone: str
    text: str
    hint: str = ""
    link: str = ""
    action: str = ""
    permission: Permission = "health"
    since: int = 0


def advise(status: Status, would_refuse: int, now: int) -> tuple[Advice, ...]:
    """Everything a person should look at now, the worst first.

    Args:
        status: as the registrar tells it.
        would_refuse: how many refusals observing routes let pass lately.
        now: UTC ns.
    """
    return tuple(_advice(problem, status, would_refuse) for problem in problems(status, now))


def first_steps(configuration: Configuration, machine: str) -> Advice:
    """What to do where no device has ever called.

    Args:
        configuration: listeners and routes.
        machine: this machine's name, for listeners on all of its addresses.
    """
    places = dict.fromkeys(
        f"{machine if listener.address in _ANY_ADDRESS else listener.address} port {listener.port}"
        for listener in configuration.listeners
    )
    titles = dict.fromkeys(route.called for route in configuration.routes)
    enforcing = any(route.mode is Mode.ENFORCE for route in configuration.routes)
    until = "until then it is refused" if enforcing else "what it sends is forwarded and on record until then, too"
    return Advice(
        "info",
        f"Point a device at {' or '.join(places)} with the called AE title {' or '.join(titles)}",
        f"then approve it under Peers, where it waits as an unknown caller; {until}. "
        "'leadglass cutover' prints what to change on each device and archive",
        "/peers",
        "See Peers",
        "peers",
    )


def _advice(problem: Problem, status: Status, would_refuse: int) -> Advice:
    link, action, permission = _PLACES.get(problem.code, _HEALTH)
    text = problem.text[:1].upper() + problem.text[1:]
    if problem.code == "route-observing" and would_refuse:
        text += f"; {plural(would_refuse, 'refusal')} passed in this span"
    return Advice(_TONES[problem.severity], text, problem.hint, link, action, permission, _since(problem, status))


def _since(problem: Problem, status: Status) -> int:
    """When it began, where the status says so."""
    if problem.code == "upstream-down":
        found = [
            up.since for w in status.workers for up in w.upstreams if not up.up and f" {up.archive} " in problem.text
        ]
    elif problem.code == "recording-impaired":
        found = [w.impaired_since for w in status.workers if w.impaired and f" {w.worker} " in problem.text]
    else:
        found = []
    return min(found, default=0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The overview's first sentence. ``tone`` "good", "warn", "bad" or "info"."""

    tone: str
    text: str


def verdict(advice: Sequence[Advice], instances: int, open_now: int, words: str, fresh: bool = False) -> Verdict:
    """Is clinical traffic flowing?

    Args:
        advice: from `advise`.
        instances: answered in the span looked at.
        open_now: associations open.
        words: the span, "hour".
        fresh: no device has ever called.
    """
    if any(line.tone == "bad" for line in advice):
        return Verdict("bad", "Clinical traffic is impaired")
    if fresh:
        return Verdict("info", "Ready: no device has called yet")
    if not instances and not open_now:
        return Verdict("info", f"Nothing was sent in the last {words}")
    if any(line.tone == "warn" for line in advice):
        return Verdict("warn", "Clinical traffic is flowing; something needs attention")
    return Verdict("good", "Clinical traffic is flowing")
