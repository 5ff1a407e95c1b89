"""`leadglass status`: what runs and what is wrong, as the registrar tells it. Exit 1 when something is wrong."""

from __future__ import annotations

import time

import click
import msgspec

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, counted, json_option
from leadglass.health import Problem, healthy, problems
from leadglass.model.status import Status
from leadglass.registrar.client import RegistrarClient


@click.command()
@config_option
@json_option
@click.pass_obj
def status(context: Context) -> int:
    """Show what runs, what is open, and what is wrong (then exit 1)."""
    answer = RegistrarClient(context.configuration().data.registrar_socket).status()
    found = problems(answer, time.time_ns())
    as_json = {"healthy": healthy(found), "problems": found, "status": answer}
    context.show(msgspec.to_builtins(as_json), _text(answer, found))
    return EXIT_CLEAN if healthy(found) else EXIT_FINDINGS


def _text(answer: Status, found: tuple[Problem, ...]) -> str:
    lines = [f"Leadglass {answer.version}, generation {answer.generation}"]
    lines.append("nothing is wrong" if healthy(found) else "something is wrong:")
    for problem in found:
        lines += [f"  {problem.severity}: {problem.text}", f"    {problem.hint}"]
    lines.append("processes:")
    for child in answer.children:
        state = f"process {child.pid}" if child.running else f"down ({child.last_exit})"
        lines.append(f"  {child.name:<10} {state}, {counted(child.restarts, 'restart')}")
        lines += [f"             {words}" for words in child.confinement]
    lines.append(f"associations open: {sum(worker.open for worker in answer.workers)}")
    if answer.ledger:
        lines.append(f"ledger: {answer.ledger.size} events, {answer.ledger.lag} bytes to merge")
    lines.append(f"unknown callers waiting: {len(answer.unknown_peers)}")
    return "\n".join(lines)
