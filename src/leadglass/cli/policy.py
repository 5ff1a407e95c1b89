"""`leadglass policy`: checks the policy, and explains what it says of a request. Changes nothing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import click

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, json_option
from leadglass.cli.policy_replay import asked_json, replay_command
from leadglass.cli.policy_usage import enforce_preview, unused
from leadglass.config import Configuration, PolicyFiles
from leadglass.model.generation import Generation
from leadglass.policy.check import local_time, tests_in
from leadglass.policy.engine import Engine
from leadglass.policy.explain import ExplainedPolicy, Explanation
from leadglass.policy.explain import explain as explain_request
from leadglass.policy.names import sop_class_name
from leadglass.policy.question import EXAMPLE, QuestionError, parse, request
from leadglass.registrar.generations import build
from leadglass.supervise.check import registry


@click.group()
def policy() -> None:
    """Check the policy, and ask it questions."""


policy.add_command(replay_command)
policy.add_command(unused)
policy.add_command(enforce_preview)


@policy.command()
@config_option
@json_option
@click.pass_obj
def check(context: Context) -> None:
    """Parse and validate policies and peers, and run the policy's tests."""
    configuration = context.configuration()
    engine = Engine.build(build(configuration, registry(configuration), 0))
    effects = [rule.policy.effect for rule in engine.rules]
    counts = {
        "policies": len(effects),
        "permits": effects.count("permit"),
        "forbids": effects.count("forbid"),
        "peers": len(engine.generation.peers),
        "tests": sum(len(tests_in(path.read_text("utf-8"), str(path))) for path in configuration.policy.tests),
    }
    context.show(
        {"ok": True, **counts},
        f"{counts['policies']} policies ({counts['permits']} permit, {counts['forbids']} forbid), "
        f"{counts['peers']} peers, {counts['tests']} tests passed",
    )


@policy.command()
@click.argument("question", required=False, default="")
@click.option("--peer", help="Instead of a question: id or title of the peer.")
@click.option("--operation", help="C-STORE, C-FIND …")
@click.option("--sop-class", help="UID, keyword or name; may be left out where the operation implies it.")
@click.option("--archive", help="Id or title; may be left out where there is one only.")
@click.option("--level", default="", help="Query/Retrieve Level: PATIENT, STUDY, SERIES, IMAGE.")
@click.option("--destination", default="", help="Move Destination, an AE title.")
@click.option("--patient", default="", help="Patient ID.")
@click.option("--issuer", default="", help="Issuer of Patient ID.")
@click.option("--key", "keys", multiple=True, help="Keyword of a matching key that holds a value: PatientID.")
@click.option("--object", "is_object", is_flag=True, help="An object sent for an earlier C-MOVE or C-GET of the peer.")
@click.option("--at", help="2026-11-24T03:00, by the hospital's clock; now when left out.")
@config_option
@json_option
@click.pass_obj
def explain(
    context: Context,
    question: str,
    peer: str | None,
    operation: str | None,
    sop_class: str | None,
    archive: str | None,
    level: str,
    destination: str,
    patient: str,
    issuer: str,
    keys: tuple[str, ...],
    is_object: bool,
    at: str | None,
) -> int:
    """Say what the policy decides and why; exit 0 when it allows, 1 when it refuses.

    QUESTION in words: "may CT2 send MR to PACS at 03:00?"
    """
    generation = _untested(context.configuration())
    engine = Engine.build(generation)
    options = (peer, operation, sop_class, archive, at, level, destination, patient, issuer, keys, is_object)
    if question and any(options):
        raise QuestionError("a question and options together", "give one or the other")
    if question:
        asked = parse(question, generation, datetime.now(UTC))
    elif peer is None or operation is None:
        raise QuestionError("nothing was asked", f'ask "{EXAMPLE}", or give --peer and --operation')
    else:
        asked = request(
            generation,
            peer=peer,
            operation=operation,
            sop_class=sop_class or "",
            archive=archive or "",
            at=_time(engine, at),
            level=level,
            destination=destination,
            patient=patient,
            issuer=issuer,
            keys=keys,
            is_object=is_object,
        )
    explanation = explain_request(engine, asked)
    context.show(as_json(explanation), as_text(explanation))
    return EXIT_CLEAN if explanation.decision.allowed else EXIT_FINDINGS


def as_json(explanation: Explanation) -> dict[str, object]:
    """The whole explanation as plain values."""
    return {
        "request": asked_json(explanation.request) | {"sop_class_name": sop_class_name(explanation.request.sop_class)},
        "decision": dataclasses.asdict(explanation.decision),
        "why": explanation.why,
        "time": explanation.time,
        "permits": [_plain(policy) for policy in explanation.permits],
        "forbids": [_plain(policy) for policy in explanation.forbids],
    }


def as_text(explanation: Explanation) -> str:
    """The decision in a few lines; the clauses of the nearest policy when nothing permitted."""
    asked, decision = explanation.request, explanation.decision
    what = f"{asked.operation} of {sop_class_name(asked.sop_class)} by {asked.peer} to {asked.archive}"
    lines = [f"{'allowed' if decision.allowed else 'refused'}: {what}, {explanation.time}".rstrip(", ")]
    if decision.error:
        lines.append(f"  error:   {decision.error}")
    if decision.rule:
        lines.append(f"  rule:    {decision.rule}")
    if decision.nearest:
        lines.append(f"  nearest: {decision.nearest} (no policy permits it)")
    if explanation.why:
        lines.append(f"  why:     {explanation.why}")
    if decision.failed:
        lines.append(f"  failed:  {decision.failed}")
    for policy in explanation.permits:
        if policy.id == decision.nearest:
            lines += [f"    {'yes' if clause.holds else 'no ':<3}  {clause.text}" for clause in policy.clauses]
    return "\n".join(lines)


def _untested(configuration: Configuration) -> Generation:
    """The generation, though a policy test may fail: explaining is how one finds out why."""
    plain = dataclasses.replace(configuration, policy=PolicyFiles(configuration.policy.files))
    return build(plain, registry(configuration), 0)


def _time(engine: Engine, text: str | None) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        return local_time(text, engine.zone)
    except ValueError as error:
        raise QuestionError(str(error), "write --at 2026-11-24T03:00") from None


def _plain(policy: ExplainedPolicy) -> dict[str, object]:
    return dataclasses.asdict(policy) | {"place": str(policy.place)}
