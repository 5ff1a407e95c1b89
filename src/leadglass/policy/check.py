"""Tests that stand beside the policy, in TOML: run before a generation is accepted. Never changes a policy.

[[test]]
peer = "ct2"
operation = "C-STORE"
sop_class = "MR Image Storage"  # a UID, a keyword, or a name; may be left out for C-ECHO
archive = "pacs"
at = "2026-11-24T03:00"  # the hospital's wall clock, or with an offset
expect = "deny"
rule = "forbid-outside-hours"  # optional: the rule that decides, or the nearest one
why = "CT2 rests at night"  # optional
# optional, as `model.decision.Request` has them:
# level = "STUDY", destination = "WS1", patient = "4711", issuer = "HOSP", keys = ["PatientID"], object = true
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadglass.errors import ConfigurationError, Place
from leadglass.model.decision import Decision, Request
from leadglass.model.generation import Generation
from leadglass.policy.engine import Engine
from leadglass.policy.names import listed, shown, sop_class_of
from leadglass.policy.operations import C_ECHO, OPERATIONS
from leadglass.wire.dicom.uids import VERIFICATION

MAX_TESTS = 10_000
SHOWN_FAILURES = 3

_REQUIRED = ("peer", "operation", "archive", "at", "expect")
_MESSAGE = ("level", "destination", "patient", "issuer")
_KEYS = (*_REQUIRED, "sop_class", "rule", "why", *_MESSAGE, "keys", "object")
_HEADER = re.compile(r"\s*\[\[\s*test\s*\]\]")
_LINE = re.compile(r" \(at line (\d+), column \d+\)\Z")


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that did not come out, or cannot be run; ``message`` is one line."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class _Unfit(Exception):  # noqa: N818 (it ends a test, not the program)
    """A test that cannot be run, and why."""


def accept(generation: Generation, text: str, file: str) -> Engine:
    """Build the generation's engine and run its tests.

    Raises:
        ConfigurationError: it cannot be built, the tests are no TOML, or one fails; names the first few.
    """
    engine = Engine.build(generation)
    failures = run_tests(engine, text, file)
    if failures:
        more = f" (and {len(failures) - SHOWN_FAILURES} more)" if len(failures) > SHOWN_FAILURES else ""
        first, *others = failures[:SHOWN_FAILURES]
        message = "; ".join((first.message, *(f"line {other.place.line}: {other.message}" for other in others))) + more
        raise ConfigurationError(message, "correct the policy, the peer, or what the test expects", first.place)
    return engine


def run_tests(engine: Engine, text: str, file: str) -> list[Failure]:
    """Run every test of a file.

    Raises:
        ConfigurationError: the text is no TOML, holds anything but ``[[test]]`` tables, or more than `MAX_TESTS`.
    """
    tests = tests_in(text, file)
    lines = _lines(text, len(tests))
    return [
        Failure(Place(file, line), message)
        for test, line in zip(tests, lines, strict=True)
        if (message := _run(engine, test))
    ]


def tests_in(text: str, file: str) -> list[dict[str, Any]]:
    """The ``[[test]]`` tables of a file; raises as `run_tests` does."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _LINE.search(str(error))
        raise ConfigurationError(
            f"no TOML: {_LINE.sub('', str(error))}",
            "see docs/how-to/policy.md",
            Place(file, int(found[1]) if found else 0),
        ) from None
    tests = document.pop("test", [])
    if document or not isinstance(tests, list) or not all(isinstance(test, dict) for test in tests):
        raise ConfigurationError("only [[test]] tables may stand here", "see docs/how-to/policy.md", Place(file))
    if len(tests) > MAX_TESTS:
        raise ConfigurationError(f"more than {MAX_TESTS} tests", "split the file", Place(file))
    return tests


def local_time(text: str | datetime, zone: ZoneInfo) -> datetime:
    """A time in ISO 8601, without an offset the hospital's.

    Raises:
        ValueError: it is none, or the hospital's clocks skip it when summer begins.
    """
    at = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if at.tzinfo is not None:
        return at
    placed = at.replace(tzinfo=zone)
    if placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise ValueError(f"{at.isoformat(' ', 'minutes')} does not exist in {zone}: clocks skip it when summer begins")
    return placed


def _run(engine: Engine, test: dict[str, Any]) -> str:
    """What is wrong; empty when the test passes."""
    try:
        request = _request(engine, test)
    except _Unfit as unfit:
        return str(unfit)
    decision = engine.judge(request)
    allowed = test["expect"] == "allow"
    if allowed and any(peer.id == request.peer and peer.status == "blocked" for peer in engine.generation.peers):
        return ""  # somebody blocked it by hand: that must work at once, whatever a test expects of other days
    because = f" ({test['why']})" if test.get("why") else ""
    if decision.allowed != allowed:
        return f"{_asked(test)} should be {'allowed' if allowed else 'refused'}{because} but is {_told(decision)}"
    rule = test.get("rule")
    if rule and rule != (decision.rule or decision.nearest):
        return f"{_asked(test)} should be decided by {rule}{because} but is {_told(decision)}"
    return ""


def _request(engine: Engine, test: dict[str, Any]) -> Request:
    _check_keys(engine, test)
    operation = test["operation"]
    name = test.get("sop_class") or (VERIFICATION if operation == C_ECHO else "")
    if not name:
        raise _Unfit("the test needs a sop_class")
    sop_class = sop_class_of(name)
    if not sop_class:
        raise _Unfit(f"no SOP class is named {shown(name)}")
    try:
        at = local_time(test["at"], engine.zone)
    except ValueError as error:
        raise _Unfit(f"at: {error}") from None
    said = {name: test.get(name, "") for name in _MESSAGE}
    keys = tuple(test.get("keys", ()))
    return Request(test["peer"], operation, sop_class, test["archive"], at, **said, keys=keys, object="object" in test)


def _check_keys(engine: Engine, test: dict[str, Any]) -> None:
    for key, value in test.items():
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, 1)
            raise _Unfit(f"unknown key {shown(key)}" + (f", perhaps {close[0]}" if close else ""))
        _check_kind(key, value)
    for key in _REQUIRED:
        if key not in test:
            raise _Unfit(f"the test needs {key}")
    generation = engine.generation
    known = {
        "peer": tuple(peer.id for peer in generation.peers),
        "archive": tuple(archive.id for archive in generation.archives),
        "operation": OPERATIONS,
        "expect": ("allow", "deny"),
        "rule": tuple(rule.policy.id for rule in engine.rules),
    }
    for key, values in known.items():
        if key in test and test[key] not in values:
            raise _Unfit(f"{key} {shown(test[key])} is not known; there is {listed(_nearest_first(test[key], values))}")


def _check_kind(key: str, value: object) -> None:
    """A value of another kind than its key has."""
    if key == "keys":
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise _Unfit('keys must be a list of texts, ["PatientID"]')
    elif key == "object":
        if value is not True:
            raise _Unfit("object is true, or left out")
    elif not isinstance(value, str) and not (key == "at" and isinstance(value, datetime)):
        raise _Unfit(f"{key} must be a text")


def _nearest_first(word: str, values: tuple[str, ...]) -> tuple[str, ...]:
    close = difflib.get_close_matches(word, values, 3)
    return (*close, *(value for value in values if value not in close))


def _asked(test: dict[str, Any]) -> str:
    what = f" of {test['sop_class']}" if test.get("sop_class") else ""
    more = "".join(f", {name} {test[name]}" for name in _MESSAGE if test.get(name))
    return f"{test['operation']}{what} by {test['peer']} to {test['archive']} at {test['at']}{more}"


def _told(decision: Decision) -> str:
    if decision.allowed:
        return f"allowed by {decision.rule}"
    return "refused: " + (decision.error or f"{decision.rule or f'nearest is {decision.nearest}'}, {decision.failed}")


def _lines(text: str, count: int) -> list[int]:
    """The line of each ``[[test]]``; 0 for all where they cannot be told (a header inside a multi-line string)."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    return found if len(found) == count else [0] * count
