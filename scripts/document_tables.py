"""The tables of docs/hospital-it, each made from the code or data it is about. Writes no file."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from pathlib import Path

import annotated_types
from pydantic.fields import FieldInfo

from leadglass import __version__
from leadglass.audit import mapping
from leadglass.cli.reference import answers_text
from leadglass.config.paths import DataDirectory
from leadglass.config.schema import ConsoleTable, LimitsTable, ListenerTable, Table, TimersTable
from leadglass.io import tls_profile
from leadglass.model import event
from leadglass.model.patient import Patient
from leadglass.policy.operations import OPERATIONS, service_of
from leadglass.policy.shipped import text_of
from leadglass.store.appstate.database import DEFAULT_PORT
from leadglass.wire.dataset import character_set
from leadglass.wire.dicom.uids import name_of

EVENT_FIELDS = Path(__file__).with_name("event_fields.tsv")
STRUCTS = (event.Event, event.EventId, event.Association, event.Judgement, Patient)
"""What bodies are made of, listed by their own names."""


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [list(map(str, row)) for row in (head, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _version() -> str:
    return f"This is the statement of Leadglass {__version__}."


def _operations() -> str:
    rows = [
        (operation, "both", "yes" if operation == "C-ECHO" else "where the policy permits it")
        for operation in (*OPERATIONS, "C-CANCEL")
    ]
    return table(("DIMSE service", "roles relayed", "relayed"), rows)


def _services() -> str:
    counts: dict[str, list[str]] = {}
    for line in text_of("operations.tsv").splitlines():
        if not line.startswith("#"):
            uid, _, operations, _ = line.split("\t")
            counts.setdefault(service_of(uid), []).extend(operations.split())
    rows = [
        (f"`{service}`", ", ".join(dict.fromkeys(counts[service])), _examples(service)) for service in sorted(counts)
    ]
    storage = ("`storage`", "C-STORE; the objects of C-MOVE and C-GET", "every other class, private ones too")
    return table(("service, as policies name it", "operations", "SOP classes"), [storage, *rows])


def _examples(service: str) -> str:
    uids = [
        line.split("\t")[0]
        for line in text_of("operations.tsv").splitlines()
        if not line.startswith("#") and line.split("\t")[1] == service
    ]
    names = [name_of(uid) or uid for uid in uids[:2]]
    return "; ".join(names) + (f"; {len(uids) - 2} more" if len(uids) > 2 else "")


def _settings(schema: type[Table]) -> str:
    rows = [
        (f"`{key}`", field.get_default(), _bounds(field), field.description)
        for key, field in schema.model_fields.items()
    ]
    return table(("setting", "default", "bounds", "meaning"), rows)


def _bounds(field: FieldInfo) -> str:
    low = next((item.ge for item in field.metadata if isinstance(item, annotated_types.Ge)), "")
    high = next((item.le for item in field.metadata if isinstance(item, annotated_types.Le)), "")
    return f"{low} to {high}" if low != "" else ""


def _answers(first: str, last: str) -> Callable[[], str]:
    """A part of docs/reference/answers.md: its tables are these."""

    def part() -> str:
        text = answers_text()
        part = text[text.index(first) :].partition(last)[0].partition("\n\n")[2].strip()
        return part.replace("(findings.md)", "(../reference/findings.md)")

    return part


def _tls() -> str:
    rows = [
        ("versions", "TLS 1.2, TLS 1.3 (preferred); nothing older"),
        ("cipher suites of TLS 1.3", ", ".join(tls_profile.CIPHER_SUITES)),
        ("cipher suites of TLS 1.2", ", ".join(tls_profile.CIPHERS)),
        ("certificates above a leaf", f"at most {tls_profile.MAX_CHAIN} are followed"),
        ("resumption, compression, renegotiation", "none"),
    ]
    return table(("what", "how"), rows)


def _audit() -> str:
    rows = []
    for (kind, variant), told in mapping.MAPPINGS.items():
        types = ", ".join(f"{code.code} {code.text}" for code in told.types)
        rows.append(
            (f"{kind}{f' ({variant})' if variant else ''}", f"{told.id.code} {told.id.text}", types, told.action)
        )
    return table(("event", "EventID", "EventTypeCode", "EventActionCode"), rows)


def _character_sets() -> str:
    numbers = sorted(character_set._RIGHT, key=int)  # the tables the decoder works with, which nobody else needs
    left = sorted(character_set._WITHOUT_RIGHT, key=int)
    rows = [
        ("absent", "ISO 646 (ASCII)"),
        ("ISO_IR n, ISO 2022 IR n", ", ".join(numbers)),
        ("ISO 2022 IR n, by escape sequences", ", ".join(left)),
        ("alone", ", ".join(character_set._WHOLE)),
    ]
    return table(("Specific Character Set (0008,0005)", "terms"), rows)


def _ports() -> str:
    dicom, https = ListenerTable.model_fields["port"].default, ConsoleTable.model_fields["port"].default
    address = ConsoleTable.model_fields["address"].default
    rows = [
        ("devices", "Leadglass", f"TCP {dicom} (`[[listener]] port`)",
         "DICOM upper layer, PS3.8; TLS where `tls = true`", "everything devices ask"),
        ("archives", "Leadglass", f"TCP {dicom} (`[[listener]] port`)", "the same",
         "objects of a C-MOVE, reports on a later association"),
        ("Leadglass", "archives", "TCP `[[archive]] port`", "the same; TLS where `tls = true`", "everything relayed"),
        ("Leadglass", "devices", "TCP, the port of the peer's entry", "the same",
         "only peers with a host and port: move destinations, later reports"),
        ("browsers", "Leadglass", f"TCP {https} (`[console] port`), on {address} by default", "HTTPS, TLS 1.2 or later",
         "console"),
        ("monitoring", "Leadglass", f"TCP {https}, the same", "HTTPS",
         "`/healthz`, `/metrics`: no patient, no AE title"),
        ("Leadglass", "PostgreSQL", f"TCP {DEFAULT_PORT}, as `[state] url` says", "PostgreSQL, TLS",
         "only where `[state] url` is set"),
        ("Leadglass", "DNS", "UDP and TCP 53", "DNS", "only for archives and peers given by name"),
        ("gateway", "its twin", "IP protocol 112, to its own address", "VRRP",
         "only where two gateways stand behind one address (keepalived)"),
        ("the machine", "time servers", "UDP 123", "NTP", "by the operating system: the record needs the time"),
    ]  # fmt: skip
    return table(("from", "to", "port", "protocol", "for"), rows)


def _sockets() -> str:
    data = DataDirectory(Path("/var/lib/leadglass"))
    rows = [
        (f"`{data.registrar_socket}`", "workers, console, ledger, supervisor, command line", "registrar"),
        ("`$NOTIFY_SOCKET`", "supervisor", "systemd"),
    ]
    return table(("Unix socket", "from", "to"), rows)


def rows_of_event_fields() -> list[tuple[str, ...]]:
    """(event, patient, staff, neither): names of fields, space separated."""
    lines = EVENT_FIELDS.read_text("utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def kind_of(body: type) -> str:
    """The name of a kind of event, from its class."""
    return str(body.__struct_config__.tag).partition("/")[0]


def fields() -> dict[str, tuple[str, ...]]:
    """Fields of every event and of what events are made of, from the code."""
    bodies = {kind_of(body): body.__struct_fields__ for body in typing.get_args(event.Body)}
    return bodies | {struct.__name__: struct.__struct_fields__ for struct in STRUCTS}


def _event_fields() -> str:
    rows = [
        (
            f"`{name}`",
            ", ".join(f"`{field}`" for field in patient.split()),
            ", ".join(f"`{field}`" for field in staff.split()),
        )
        for name, patient, staff, _ in rows_of_event_fields()
        if patient or staff
    ]
    return table(("event", "about a patient", "about a member of staff"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "version": _version,
    "operations": _operations,
    "services": _services,
    "timers": lambda: _settings(TimersTable),
    "limits": lambda: _settings(LimitsTable),
    "rejections": _answers("## Associations", "\nA context that is refused"),
    "statuses": _answers("## Operations", "\nA C-ECHO has no status"),
    "protocol-errors": _answers("## Protocol errors", "\x00"),
    "tls": _tls,
    "audit-events": _audit,
    "character-sets": _character_sets,
    "ports": _ports,
    "sockets": _sockets,
    "event-fields": _event_fields,
}
