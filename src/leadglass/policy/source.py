"""Policy text as policies with their places: splits, parses, checks names. Never decides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import cedarpy

from leadglass.errors import ConfigurationError, Place

MAX_TEXT = 1_048_576  # bytes of policy text, all files together
MAX_POLICIES = 500
MAX_NESTING = 50  # brackets within brackets; Cedar's own parser recurses and overflows the stack near 1,000
MAX_OPERATORS = 500  # operators in one policy: long chains nest as deep as brackets do

Est = dict[str, Any]
"""A node of Cedar's JSON policy format."""

_MARK = "//@ file: "
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|\w+|\S', re.DOTALL)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_OPERATORS = frozenset("-+*.!<=>&|") | {"if"}
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy.

    Attributes:
        id: its ``@id``, unique, in lower case with hyphens.
        why: its ``@why``, a sentence for people.
        effect: "permit" or "forbid".
        place: file and line of its first token.
        est: its form in Cedar's JSON policy format.
    """

    id: str
    why: str
    effect: Literal["permit", "forbid"]
    place: Place
    est: Est


def join(files: Iterable[tuple[str, str]]) -> str:
    """One text of several policy files, given as (name, text); the marks between them keep the places of faults."""
    return "".join(f"{_MARK}{' '.join(name.split())}\n{text}\n" for name, text in files)


def policies(text: str, schema: cedarpy.Schema) -> tuple[Policy, ...]:
    """The policies of a text, parsed and validated against the schema, in order.

    Raises:
        ConfigurationError: the text is too long, a policy cannot be parsed, speaks of something the schema does not
            know, is a template, or has no proper ``@id`` and ``@why``; with file and line.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise ConfigurationError(
            f"the policies are longer than {MAX_TEXT} bytes", "keep devices in the registry and rules in policies"
        )
    found: dict[str, Policy] = {}
    for place, statement in _statements(text):
        if len(found) >= MAX_POLICIES:
            raise ConfigurationError(
                f"there are more than {MAX_POLICIES} policies", "join rules that differ in one name only", place
            )
        policy = _policy(place, statement, schema)
        if policy.id in found:
            raise ConfigurationError(
                f'two policies have the @id "{policy.id}"',
                f"rename this one; the other stands at {found[policy.id].place}",
                place,
            )
        found[policy.id] = policy
    _agree(text, found)
    if not found:
        raise ConfigurationError("there is no policy", "nothing would be permitted; leave the shipped policies in")
    return tuple(found.values())


def _statements(text: str) -> Iterator[tuple[Place, str]]:
    """Cut at each ``;`` outside strings and comments; a rest without one is given too, for Cedar to refuse."""
    file, line, cursor = "policies", 1, 0
    begin, place, depth, operators = -1, Place(file, line), 0, 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        line += text.count("\n", cursor, token.start())
        cursor = token.start()
        if word.startswith("//"):
            if word.startswith(_MARK) and begin < 0:
                file, line = word.removeprefix(_MARK), 0
            continue
        if begin < 0:
            begin, place, depth, operators = token.start(), Place(file, line), 0, 0
        depth += (word in _OPENING) - (word in _CLOSING)
        operators += word in _OPERATORS
        if depth > MAX_NESTING or operators > MAX_OPERATORS:
            raise ConfigurationError(
                f"the policy nests deeper than {MAX_NESTING} brackets or has more than {MAX_OPERATORS} operators",
                "split it into several policies, or list values in a set",
                place,
            )
        if word == ";":
            yield place, text[begin : token.end()]
            begin = -1
    if begin >= 0:
        yield place, text[begin:]


def _est(statement: str, place: Place) -> Est:
    try:
        parsed: Est = json.loads(cedarpy.policies_to_json_str(statement))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"the policy cannot be read: {error}",
            "it begins at this line and must end with a semicolon",
            place,
        ) from error
    return parsed


def _policy(place: Place, statement: str, schema: cedarpy.Schema) -> Policy:
    parsed = _est(statement, place)
    if parsed["templates"] or len(parsed["staticPolicies"]) != 1:
        raise ConfigurationError(
            "a template permits nothing here", "name the peer or archive instead of ?principal or ?resource", place
        )
    (est,) = parsed["staticPolicies"].values()
    annotations = est.get("annotations", {})
    name, why = annotations.get("id") or "", annotations.get("why") or ""
    if not _ID.match(name):
        raise ConfigurationError(
            f'the @id "{name}" is no name in lower case with hyphens' if name else "the policy has no @id",
            'write @id("night-stores") before it: every decision on record names its rule',
            place,
        )
    if not why.strip():
        raise ConfigurationError(
            f'policy "{name}" has no @why', 'write @why("…") before it: a sentence for those it refuses', place
        )
    validation = cedarpy.validate_policies(statement, schema)
    if not validation:
        faults = "; ".join(dict.fromkeys(_plain(fault.error) for fault in validation.errors))
        raise ConfigurationError(
            f'policy "{name}" does not fit the schema: {faults}',
            "see docs/how-to/policy.md for the attributes a policy may speak of",
            place,
        )
    return Policy(name, why, est["effect"], place, est)


def _plain(fault: str) -> str:
    """Cedar's message without the name it gives the policy, and without the action it was checked for."""
    words = re.sub(r"^for policy `\w+`, ", "", " ".join(fault.split()))
    return re.sub(r' in context for Action::"[^"]*"', " in context", words)


def _agree(text: str, found: dict[str, Policy]) -> None:
    """Cedar's own reading of the whole text must be the policies found one by one: nothing lost between the cuts."""
    whole = _est(text, Place("policies"))
    one_by_one = sorted(json.dumps(policy.est, sort_keys=True) for policy in found.values())
    together = sorted(json.dumps(est, sort_keys=True) for est in whole["staticPolicies"].values())
    if whole["templates"] or together != one_by_one:
        raise ConfigurationError(
            "the policies read one by one differ from the text read as a whole", "put each policy on lines of its own"
        )
