"""`leadglass policy unused` and `enforce-preview`: what the record says of rules and modes. Changes nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from leadglass.cli.audit_source import open_source, put_on_record, say
from leadglass.cli.audit_text import when
from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, counted, json_option
from leadglass.cli.policy_replay import DAY, days_option, engine_in_force
from leadglass.errors import LeadglassError
from leadglass.policy.names import listed, shown, sop_class_name
from leadglass.policy.preview import Today, today
from leadglass.policy.usage import PeerUse, RuleUse, Usage, usage
from leadglass.store.projection.decisions import uses
from leadglass.store.projection.interface import MAX_DECISIONS, DecisionSum


class QueryError(LeadglassError):
    """A route that is none."""

    exit_code = 2


@click.command()
@days_option
@config_option
@json_option
@click.pass_obj
def unused(context: Context, days: int) -> None:
    """Show rules that decided nothing, and what peers' entries list and never used, in whole UTC days."""
    configuration = context.configuration()
    engine = engine_in_force(configuration)
    with open_source(configuration.data) as source:
        if source.behind:
            say(f"the newest {source.behind} leaves of the ledger are not counted yet")
        sums = source.projection.decisions(time.time_ns() - days * DAY)
    if len(sums) == MAX_DECISIONS:
        say(f"only the largest {MAX_DECISIONS} sums are counted: what is seldom may seem unused")
    found = usage(engine, uses(sums), datetime.now(UTC))
    context.show(usage_json(found, days), usage_text(found, days, engine.zone))


@click.command("enforce-preview")
@click.argument("route")
@days_option
@config_option
@json_option
@click.pass_obj
def enforce_preview(context: Context, route: str, days: int) -> int:
    """Show what ROUTE let pass that it would have stopped, had it enforced; exit 1 when there is something.

    ROUTE is its called AE title. Each kind is told with its last example, judged again by the policy of today.
    """
    configuration = context.configuration()
    known = {found.called for found in configuration.routes}
    if route not in known:
        raise QueryError(f"no route has the called title {shown(route)}", f"there is {listed(tuple(sorted(known)))}")
    engine = engine_in_force(configuration)
    with open_source(configuration.data) as source:
        put_on_record(configuration.application_state, "enforce-preview", route)
        if source.behind:
            say(f"the newest {source.behind} leaves of the ledger are not counted yet")
        sums = source.projection.would_be_refused(route, time.time_ns() - days * DAY)
    rows = [
        (one, *(today(one.example, engine, one.sop_class) if one.example else (Today.UNTOLD, "its body was pruned")))
        for one in sums
    ]
    value = [
        {name: getattr(one, name) for name in one.__struct_fields__ if name != "example"} | {"today": still, "why": why}
        for one, still, why in rows
    ]
    total = sum(one.messages for one in sums)
    lines = [
        f"{route} let {counted(total, 'message')} pass in the last {counted(days, 'day')} that it would have stopped"
    ]
    for one, still, why in rows:
        lines += stopped_lines(one, still, why, engine.zone)
    context.show({"route": route, "days": days, "messages": total, "kinds": value}, "\n".join(lines))
    return EXIT_FINDINGS if rows else EXIT_CLEAN


def usage_json(found: Usage, days: int) -> dict[str, object]:
    """The report as plain values."""
    return {
        "days": days,
        "rules": [
            {
                "id": use.rule.policy.id,
                "effect": use.rule.policy.effect,
                "place": str(use.rule.policy.place),
                "permitted": use.permitted,
                "refused": use.refused,
                "last": use.last,
                "unused": use.unused,
            }
            for use in found.rules
        ],
        "peers": [
            {"id": use.peer.id, "messages": use.messages, "last": use.last, "unused": use.unused, "never": use.never}
            for use in found.peers
        ],
        "gone": found.gone,
    }


def usage_text(found: Usage, days: int, zone: ZoneInfo) -> str:
    """What was of no use, first rules, then entries of the registry."""
    idle = [use for use in found.rules if use.unused]
    lines = [f"{len(idle)} of {len(found.rules)} rules decided nothing in the last {counted(days, 'day')}"]
    lines += [f"  {use.rule.policy.id}  ({use.rule.policy.effect}, {use.rule.policy.place})" for use in idle]
    lines += ["rules that did:", *(rule_line(use, zone) for use in found.rules if not use.unused)]
    peers = [line for use in found.peers for line in peer_lines(use)]
    lines += ["peers' entries:", *peers] if peers else ["every peer used all that its entry lists by name"]
    lines += [f"no policy is called {shown(name)} any more: {count} messages" for name, count in found.gone.items()]
    return "\n".join(lines)


def rule_line(use: RuleUse, zone: ZoneInfo) -> str:
    """A rule with what it decided."""
    count = use.refused if use.rule.policy.effect == "forbid" else use.permitted
    verb = "refused, or would have" if use.rule.policy.effect == "forbid" else "permitted"
    return f"  {use.rule.policy.id}  {verb} {counted(count, 'message')}, the last {when(use.last, zone)}"


def peer_lines(use: PeerUse) -> list[str]:
    """What a peer never used; nothing where it used all."""
    if use.unused:
        return [f"  {use.peer.id} sent nothing"]
    return [
        f"  {use.peer.id} never used {name.replace('_', ' ')}: {listed(tuple(map(sop_class_name, values)))}"
        for name, values in use.never.items()
    ]


def stopped_lines(one: DecisionSum, still: Today, why: str, zone: ZoneInfo) -> list[str]:
    """A kind of message that would have been stopped."""
    who = one.peer or f"{one.calling} at {one.address}"
    what = " of ".join(
        filter(None, (one.operation or one.scope, sop_class_name(one.sop_class) if one.sop_class else ""))
    )
    judged = {Today.REFUSED: "still refused", Today.PERMITTED: "permitted now", Today.UNTOLD: "cannot be told"}[still]
    log, position = one.row
    return [
        "",
        f"{one.messages} × {shown(what, 160)} by {shown(who)}: {one.cause}" + (f", {one.rule}" if one.rule else ""),
        f"  last:  {when(one.last, zone)}  [{log}/{position}]",
        f"  today: {judged}: {shown(why, 300)}",
    ]
