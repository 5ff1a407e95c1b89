"""Clauses in words, with the values they met: what a person reads on a refusal. Never evaluates a clause."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import cedarpy

from leadglass.model.decision import Request
from leadglass.model.peer import Peer
from leadglass.policy.clauses import Clause, shape_of
from leadglass.policy.hours import WallClock, name_of, open_windows
from leadglass.policy.literals import told
from leadglass.policy.names import listed, shown, sop_class_name
from leadglass.policy.operations import service_asked
from leadglass.policy.source import Est

MAX_WORDS = 600  # characters of an explanation on record


@dataclass(frozen=True, slots=True)
class Facts:
    """What one question was about."""

    request: Request
    peer: Peer
    now: WallClock


def refusal(clause: Clause, facts: Facts) -> str:
    """Why a clause does not hold: "SOP class MR Image Storage is not among CT Image Storage"."""
    if clause.in_scope:
        return _scope(clause, facts)
    if clause.part == "when" and (words := _KNOWN.get(clause.shape)):
        return words(facts)
    if clause.part == "when" and (service := _service(clause.est)):
        return f"SOP class {_sop_class(facts)} is of the service {service_asked(facts.request)}, not {service}"
    return _condition(clause, facts, holds=clause.part == "unless")


def ground(clause: Clause, facts: Facts) -> str:
    """Why a clause of a forbid does hold: "hours: Tue 03:00 is outside Mon-Fri 07:00-19:00"."""
    if clause.part == "unless" and (words := _KNOWN.get(clause.shape)):
        return words(facts)
    if clause.part == "when" and (words := _GROUNDS.get(clause.shape)):
        return words(facts)
    return clause.text if clause.in_scope else _condition(clause, facts, holds=clause.part == "when")


def grounds(clauses: tuple[Clause, ...], facts: Facts) -> str:
    """Why a forbid applies: the exceptions that failed first; its head only where it has no conditions."""
    said = sorted((clause for clause in clauses if not clause.in_scope), key=lambda clause: clause.part != "unless")
    return joined([ground(clause, facts) for clause in said or clauses])


def joined(reasons: list[str]) -> str:
    """Several reasons as one line, cut to `MAX_WORDS`."""
    text = "; ".join(reasons)
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"


def _shape(text: str) -> str:
    """The shape of a condition written in Cedar."""
    parsed = json.loads(cedarpy.policies_to_json_str(f"permit (principal, action, resource) when {{ {text} }};"))
    return shape_of(parsed["staticPolicies"]["policy0"]["conditions"][0]["body"])


def _operation(facts: Facts) -> str:
    return f"operation {facts.request.operation} is not among {listed(facts.peer.operations)}"


def _sop_class(facts: Facts) -> str:
    return shown(sop_class_name(facts.request.sop_class))


def _sop_classes(facts: Facts) -> str:
    return f"SOP class {_sop_class(facts)} is not among {listed(tuple(map(sop_class_name, facts.peer.sop_classes)))}"


def _archive(facts: Facts) -> str:
    return f"archive {shown(facts.request.archive)} is not among {listed(facts.peer.archives)}"


def _hours(facts: Facts) -> str:
    return f"hours: {facts.now} is outside {listed(tuple(map(name_of, facts.peer.hours)))}"


def _object_class(facts: Facts) -> str:
    return f"object: {_sop_classes(facts)}"


def _destination(facts: Facts) -> str:
    return f"destination: {shown(facts.request.destination) or 'none'} is not among {listed(facts.peer.destinations)}"


def _level(facts: Facts) -> str:
    return f"level: {shown(facts.request.level) or 'none'} is not among {listed(facts.peer.levels)}"


def _no_object(_: Facts) -> str:
    return "it is a message of its own, no object sent for an earlier one"


def _an_object(_: Facts) -> str:
    return "it is an object sent for an earlier C-MOVE or C-GET"


def _blocked(facts: Facts) -> str:
    return f"peer {facts.peer.id} is blocked"


# The conditions the shipped policies are made of, known by their form: any policy that uses one is explained alike.
_KNOWN: dict[str, Callable[[Facts], str]] = {
    _shape("principal.anyOperation || principal.operations.contains(context.operation)"): _operation,
    _shape("principal.anySopClass || principal.sopClasses.contains(context.sopClass)"): _sop_classes,
    _shape("principal.anySopClass || !principal.namesStorage || principal.sopClasses.contains(context.sopClass)"): (
        _object_class
    ),
    _shape('principal.anyOperation || principal.operations.containsAny(["N-ACTION", "N-EVENT-REPORT"])'): _operation,
    _shape("principal.anyDestination || principal.destinations.contains(context.destination)"): _destination,
    _shape(
        'principal.anyLevel || context.object || context.service == "procedure-step" ||'
        " principal.levels.contains(context.level)"
    ): _level,
    _shape("context.object"): _no_object,
    _shape("!context.object"): _an_object,
    _shape("principal.anyArchive || principal.archives.contains(resource)"): _archive,
    _shape("principal.anyHours || principal.hours.containsAny(context.openHours)"): _hours,
}


# What such a condition says of a forbid that applies because it holds.
_GROUNDS: dict[str, Callable[[Facts], str]] = {
    _shape("principal.blocked"): _blocked,
    _shape("context.object"): _an_object,
    _shape("!context.object"): _no_object,
}


def _service(est: Est) -> str:
    """The service named by ``context.service == "…"``, else nothing."""
    match est:
        case {"==": {"left": {".": {"left": {"Var": "context"}, "attr": "service"}}, "right": {"Value": str(service)}}}:
            return service
    return ""


def _scope(clause: Clause, facts: Facts) -> str:
    noun, value = {
        "principal": ("peer", facts.peer.id),
        "action": ("operation", facts.request.operation),
        "resource": ("archive", facts.request.archive),
    }[clause.part]
    match clause.est:
        case {"op": "==", "entity": {"id": str(name)}}:
            return f"{noun} {shown(value)} is not {shown(name)}"
        case {"op": "in", "entities": list(entities)}:
            return f"{noun} {shown(value)} is not among {listed(tuple(entity['id'] for entity in entities))}"
    return f"{noun} {shown(value)} does not fit {clause.text}"


def _condition(clause: Clause, facts: Facts, *, holds: bool) -> str:
    """A condition of a hospital's own policy, with what it met."""
    known = _attributes(facts)
    return told(clause.est, lambda name: known.get(name, ""), holds=holds) or _in_cedar(clause, facts, holds=holds)


def _in_cedar(clause: Clause, facts: Facts, *, holds: bool) -> str:
    """A condition we have no words for: its text, and the values of the attributes it speaks of."""
    values = ", ".join(f"{name} is {value}" for name, value in _values(clause.est, facts).items())
    return f"{shown(clause.text, 200)} {'holds' if holds else 'does not hold'}" + (f" ({values})" if values else "")


def _attributes(facts: Facts) -> dict[str, str]:
    """What a policy may speak of, by name, as text."""
    request, peer = facts.request, facts.peer
    return {
        "context.operation": request.operation,
        "context.sopClass": request.sop_class,
        "context.service": service_asked(request),
        "context.object": "true" if request.object else "false",
        "context.level": request.level,
        "context.destination": request.destination,
        "context.patient": request.patient,
        "context.issuer": request.issuer,
        "context.keys": listed(request.keys),
        "context.weekday": str(facts.now.weekday),
        "context.minuteOfDay": str(facts.now.minute),
        "context.date": str(facts.now.date),
        "context.openHours": listed(tuple(open_windows(peer.hours, facts.now))),
        "principal.title": peer.title,
        "principal.blocked": "true" if peer.status != "approved" else "false",
        "principal.operations": listed(peer.operations),
        "principal.sopClasses": listed(peer.sop_classes),
        "principal.archives": listed(peer.archives),
        "principal.destinations": listed(peer.destinations),
        "principal.levels": listed(peer.levels),
        "principal.hours": listed(tuple(map(name_of, peer.hours))),
        "principal": peer.id,
        "resource": request.archive,
    }


def _values(est: Est, facts: Facts) -> dict[str, str]:
    """The attributes a condition mentions, with their values; iterative, as conditions nest."""
    known = _attributes(facts)
    found: dict[str, str] = {}
    waiting: list[object] = [est]
    while waiting:
        match waiting.pop():
            case {".": {"left": {"Var": str(variable)}, "attr": str(attribute)}}:
                if (name := f"{variable}.{attribute}") in known:
                    found[name] = shown(known[name])
            case {"Var": str(variable)} if variable in known:
                found[variable] = shown(known[variable])
            case dict(node):
                waiting += reversed(node.values())
            case list(nodes):
                waiting += reversed(nodes)
    return found
