"""Writes the network's reference from its data: model networks, classes of gaps, rules, the network file.

python scripts/network.py docs/reference
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import msgspec

from leadglass.config.network_models import MODELS, load_gap_classes, load_model
from leadglass.network.gap_class import Classes
from leadglass.network.hospital import Filter, Hospital, Link, Machine, Sensor, ServiceGateway, Vpn, Zone
from leadglass.network.model_network import Flow, ModelNetwork, Role
from leadglass.network.rules import RULES
from leadglass.network.service import Service

_GENERATED = "<!-- Written by `make docs`; do not edit. -->"


def models_text(models: list[ModelNetwork]) -> str:
    """The page of model networks."""
    parts = [
        f"# Model networks\n{_GENERATED}\n",
        "What the hospital's network is held against. What no flow lists is forbidden between zones and allowed within",
        "one. A letter is that of the figure of *Securing medical networks* (Network Security, June 2007); one marked",
        '"our reading" stands at a role that the article does not name. A flow marked *reverse* is begun by the side',
        "that answers in the application. An obligation is evidenced by its control; an open port never shows it.\n",
    ]
    for model in models:
        parts += [f"## {model.title} (`{model.id}`)\n", f"{model.note.strip()}\n", "### Roles\n"]
        parts += ["| role | id | letter | holds | kept apart by |", "|---|---|---|---|---|"]
        parts += [_role(role) for role in model.roles]
        parts += [
            "\n### Flows\n",
            "| from | to | services | expectation | obligations | why |",
            "|---|---|---|---|---|---|",
        ]
        parts += _flows(model)
        parts.append("")
    parts += ["## Services\n", "Any one of a service's ports serves a need.\n"]
    parts += ["| service | id | ports | encrypts | note |", "|---|---|---|---|---|"]
    parts += [_service(service) for service in models[-1].services]
    return "\n".join(parts) + "\n"


def _role(role: Role) -> str:
    letter = f"{role.letter}{' (our reading)' if role.inferred else ''}" if role.letter else ""
    control = f"`{role.control}`" if role.control else ""
    return f"| {role.title} | `{role.id}` | {letter} | {role.holds} | {control} |"


def _flows(model: ModelNetwork) -> Iterator[str]:
    """One line for all services of the same reason between the same roles."""

    def same(flow: Flow) -> tuple[str, str, str, str, bool, tuple[str, ...], bool]:
        kind = (flow.expectation.value, flow.why, flow.reverse, flow.obligations, bool(flow.instead))
        return flow.source, flow.destination, *kind

    for (source, destination, expectation, why, reverse, obligations, either), flows in groupby(model.flows, same):
        listed = list(flows)
        services = (" or " if either else ", ").join(flow.service for flow in listed)
        owed = ", ".join(f"{name} (`{model.evidencing(listed[0], name)}`)" for name in obligations)
        way = ", reverse" if reverse else ""
        yield f"| `{source}` | `{destination}` | {services} | {expectation}{way} | {owed} | {why} |"


def _service(service: Service) -> str:
    ports = ", ".join(service.ports)
    protocols = "/".join(service.protocols)
    note = service.note + (" All are needed together." if service.whole else "")
    one_way = " Nothing answers." if service.one_way else ""
    clear = "no" if service.clear else "yes, or not for itself to say"
    return f"| {service.title} | `{service.id}` | {protocols} {ports} | {clear} | {note}{one_way} |"


def gaps_text(classes: Classes) -> str:
    """The page of classes of gaps, and of rules beyond cells."""
    parts = [
        f"# Gaps of the network\n{_GENERATED}\n",
        "Each service between two zones is one cell: what the model says, what filters permit, what was seen. Every",
        "combination has its class. Where an obligation of a cell is not shown to be met, the class in brackets holds.",
        "A gap keeps its id, made of zone and service names, whatever its class becomes.\n",
        "| model | permitted | seen | class | because |",
        "|---|---|---|---|---|",
    ]
    for (model, permitted, observed), row in sorted(classes.table.items(), key=lambda one: _place(one[0])):
        obliged = f" ({row.obliged})" if row.obliged else ""
        parts.append(f"| {model} | {permitted} | {observed} | {row.kind}{obliged} | {row.because} |")
    parts.append("\n## Classes\n")
    for one in classes.classes:
        weighed = ", moved by what the zones hold and by who is outside" if one.weighed else ""
        parts.append(f"### {one.title} (`{one.id}`)\n")
        parts.append(f"Severity: {one.severity.value}{weighed}. {one.why}\n\n*What to do:* {one.do}\n")
    parts.append("## Rules beyond cells\n")
    for rule in RULES:
        controls = ", ".join(f"`{control}`" for control in rule.controls)
        parts.append(f"### {rule.title} (`{rule.id}`)\n")
        parts.append(f"For {controls}. {rule.why}\n")
        parts.append(f"- How it is detected: {rule.detects}\n- When it is wrong: {rule.false_positives}")
        parts.append(f"- What to do: {rule.mitigation}\n")
    return "\n".join(parts)


def _place(combination: tuple[msgspec.Struct, ...] | tuple[object, ...]) -> tuple[int, ...]:
    return tuple(list(type(one)).index(one) for one in combination)  # type: ignore[call-overload]  # each is an enumeration


_TABLES: tuple[tuple[str, type[msgspec.Struct], str], ...] = (
    ("", Hospital, "The file itself."),
    ("[[zones]]", Zone, "A part of the network whose machines trust each other. Longest prefix wins."),
    (
        "[[machines]]",
        Machine,
        "A system. What is required is asked for between machines of its role, where any are named.",
    ),
    ("[[filters]]", Filter, "A firewall or filtering router, with its configuration in a file beside this one."),
    ("[[gateways]]", ServiceGateway, 'A way in for remote service; `managed_by = "hospital"` for the hospital\'s own.'),
    ("[[sensors]]", Sensor, "Intrusion detection, and the zone it sees."),
    ("[[vpns]]", Vpn, "A remote way in, and the zone it ends in."),
    ("[[links]]", Link, "A connection that people know of and no configuration gives: what crosses it is not covered."),
)


def file_text() -> str:
    """The page of the hospital's network file."""
    parts = [
        f"# The network file\n{_GENERATED}\n",
        "TOML, version `leadglass-network-1`. Names are lower case with hyphens; gaps are known by them, so keep them.",
        "What is beside it: configurations of filters, and a model network of the hospital's own as `<id>.toml`.\n",
    ]
    for name, kind, says in _TABLES:
        parts += [f"## {name or 'Top level'}\n", f"{says}\n", "| key | needed | meaning |", "|---|---|---|"]
        meanings = _meanings(kind)
        for field in msgspec.structs.fields(kind):
            if not (name == "" and field.encode_name in {table[2:-2] for table, _, _ in _TABLES if table}):
                needed = "yes" if field.required else "no"
                parts.append(f"| `{field.encode_name}` | {needed} | {meanings[field.name]} |")
        parts.append("")
    return "\n".join(parts)


def _meanings(kind: type[msgspec.Struct]) -> dict[str, str]:
    """What the docstring says of each field."""
    found: dict[str, str] = {}
    name = ""
    for line in (kind.__doc__ or "").partition("Attributes:")[2].splitlines():
        head, colon, rest = line.strip().partition(": ")
        if colon and head.isidentifier():
            name = head
            found[name] = rest
        elif name and line.strip():
            found[name] += " " + line.strip()
    return {key: text.replace("|", "\\|") for key, text in found.items()}


def texts() -> dict[str, str]:
    """Every page, by the name of its file."""
    return {
        "model-networks.md": models_text([load_model(name) for name in MODELS]),
        "network-gaps.md": gaps_text(load_gap_classes()),
        "network-file.md": file_text(),
    }


if __name__ == "__main__":
    for name, text in texts().items():
        (Path(sys.argv[1]) / name).write_text(text, "utf-8")
