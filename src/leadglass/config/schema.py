"""The TOML file's schema: every table, key, default and bound, with the words the reference is made of. No I/O."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadglass.config.values import AssessmentSettings, JournalSettings, LedgerSettings
from leadglass.model.ae_title import ae_field, ae_title
from leadglass.model.peer import MAX_CERTIFICATES
from leadglass.model.route import Limits, Mode, Settings, Timers
from leadglass.store.appstate.database import check_url

MAX_LISTENERS = 64
MAX_ARCHIVES = 256
MAX_ROUTES = 1_024
MAX_POLICY_FILES = 256
MAX_TLS_FILES = 64
MAX_NETWORKS = 64

_TIMERS = Timers()
_LIMITS = Limits()
_JOURNAL = JournalSettings()


def _title(value: str) -> str:
    return ae_title(ae_field(value))


def _address(value: str) -> str:
    return str(ipaddress.ip_address(value))


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no such time zone: {value!r}") from None
    return value


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value))


def _host(value: str) -> str:
    if not value or len(value) > 253 or any(character.isspace() or character in "/[]@" for character in value):
        raise ValueError(f"not a host name or an IP address: {value!r}")
    return value


Title = Annotated[str, AfterValidator(_title)]
OptionalTitle = Annotated[str, AfterValidator(lambda value: _title(value) if value else "")]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Proof = Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64}|name:[!-~]{1,253})$")]
Port = Annotated[int, Field(ge=1, le=65_535, strict=True)]
Seconds = Annotated[float, Field(ge=0.1, le=86_400, allow_inf_nan=False)]


class Table(BaseModel):
    """A TOML table: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteTable(Table):
    """The hospital."""

    name: str = Field(
        default="Leadglass", min_length=1, max_length=100, description="Name of the hospital, for people."
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="IANA time zone in which working hours are judged."
    )
    data: str = Field(default="var", min_length=1, description="Data directory; relative to this file.")


class StateTable(Table):
    """The application state: what people decided, and what archives are expected to send."""

    url: Annotated[str, AfterValidator(lambda value: check_url(value) if value else "")] = Field(
        default="",
        description="PostgreSQL database, `postgresql://user@host:port/name`, without a password; further servers as "
        "`?host=second:5432`; a directory of Unix sockets as `?host=/run/postgresql`. Empty: the SQLite file "
        "`app/leadglass.sqlite` in the data directory.",
    )
    password_file: str = Field(
        default="", description="File whose first line is the password; relative to this file. Read at each connection."
    )
    ca_file: str = Field(
        default="",
        description="PEM file of the authorities that vouch for the server (TLS, its name is checked); relative. "
        "Needed for a server on another machine.",
    )


class GatewayTable(Table):
    """The data plane."""

    workers: int = Field(
        default=0, ge=0, le=128, strict=True, description="Relay workers; 0 starts one for each processor core."
    )


class ListenerTable(Table):
    """A socket devices connect to; without any, Leadglass listens on `::` port 11112."""

    address: Address = Field(default="::", description="IP address to listen on; `::` takes IPv4 too.")
    port: Port = Field(default=11_112, description="TCP port.")
    tls: bool = Field(default=False, strict=True, description="TLS only, with a certificate of each caller; see [tls].")


class ArchiveTable(Table):
    """An application entity behind the gateway. At least one."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="Stable name, used by routes and policies.")
    host: Annotated[str, AfterValidator(_host)] = Field(description="Host name or IP address.")
    port: Port = Field(description="TCP port.")
    title: OptionalTitle = Field(
        default="",
        description="Its own AE title: what it calls with itself; `called_as` of a route maps titles.",
    )
    networks: list[Network] = Field(
        default_factory=list,
        max_length=MAX_NETWORKS,
        description="Addresses it calls from, for associations of its own; empty: `host`, where that is an address.",
    )
    tls: bool = Field(default=False, strict=True, description="It is spoken to over TLS; see [tls].")
    certificates: list[Proof] = Field(
        default_factory=list,
        max_length=MAX_CERTIFICATES,
        description="What proves it, one of two: `sha256:` and the digest of its certificate, or `name:` and a name in "
        "a certificate the trust list vouches for. Empty with `tls`: the trust list, and `host` in the certificate.",
    )


class RouteTable(Table):
    """Which archive serves a called AE title. At least one."""

    called: Title = Field(description="AE title that devices call; compared with case.")
    archive: str = Field(description="Id of the archive that serves it.")
    mode: Mode = Field(
        default=Mode.OBSERVE,
        description="What a refusal by policy does: `observe` forwards and records, `alert` also alarms, "
        "`enforce` refuses.",
    )
    store_failure: Literal["open", "closed"] = Field(
        default="open", description="C-STORE while the record cannot be written: `open` forwards, `closed` refuses."
    )
    other_failure: Literal["open", "closed"] = Field(
        default="closed", description="The same for every other operation."
    )
    unreadable_head: Literal["pass", "refuse"] = Field(
        default="pass",
        description="A data set whose patient cannot be read: `pass` as patient unknown, or `refuse` (C000H).",
    )
    called_as: OptionalTitle = Field(
        default="", description="Title told to the archive instead of `called`; empty: unchanged."
    )
    calling_as: OptionalTitle = Field(
        default="", description="Title told to the archive instead of the caller's; empty: unchanged."
    )


class ConsoleTable(Table):
    """The console (HTTPS)."""

    address: Address = Field(default="127.0.0.1", description="IP address to listen on.")
    port: Port = Field(default=8_443, description="TCP port.")


class TimersTable(Table):
    """Bounds on waiting, in seconds."""

    associate: Seconds = Field(
        default=_TIMERS.associate,
        description="A-ASSOCIATE-RQ after connect (ARTIM, PS3.8 9.1.4); also the archive's answer.",
    )
    stall: Seconds = Field(default=_TIMERS.stall, description="No byte inside a PDU.")
    idle: Seconds = Field(default=_TIMERS.idle, description="No PDU on an association.")
    dimse_response: Seconds = Field(default=_TIMERS.dimse_response, description="No response to a forwarded request.")
    release: Seconds = Field(default=_TIMERS.release, description="A next hop silent at release.")
    transfer_idle: Seconds = Field(
        default=_TIMERS.transfer_idle, description="A transfer without an instance is closed on record."
    )
    drain: Seconds = Field(default=_TIMERS.drain, description="At SIGTERM, before open associations are aborted.")
    registrar: Seconds = Field(
        default=_TIMERS.registrar, description="An unanswered question to the registrar is a refusal."
    )
    move_response: Seconds = Field(default=_TIMERS.move_response, description="Between two responses to a C-MOVE.")
    move_expected: Seconds = Field(
        default=_TIMERS.move_expected, description="Objects of a C-MOVE may still come after its final response."
    )
    commitment_expected: Annotated[float, Field(ge=1, le=31_536_000, allow_inf_nan=False)] = Field(
        default=_TIMERS.commitment_expected,
        description="The report on a storage commitment may come, after its request.",
    )
    handshake: Seconds = Field(default=_TIMERS.handshake, description="A TLS handshake.")


class LimitsTable(Table):
    """Bounds on memory, in bytes unless said otherwise."""

    max_pdu: int = Field(
        default=_LIMITS.max_pdu, ge=131_072, le=4_194_304, description="Largest P-DATA-TF PDU announced to each side."
    )
    association_pdu: int = Field(
        default=_LIMITS.association_pdu, ge=65_536, le=16_777_216, description="Largest A-ASSOCIATE PDU taken."
    )
    command: int = Field(default=_LIMITS.command, ge=4_096, le=1_048_576, description="Largest command set taken.")
    head: int = Field(
        default=_LIMITS.head, ge=4_096, le=16_777_216, description="Bytes of a data set read to find the patient."
    )
    inflate: int = Field(
        default=_LIMITS.inflate, ge=4_096, le=67_108_864, description="The same for a deflated data set, inflated."
    )
    associations: int = Field(
        default=_LIMITS.associations, ge=1, le=100_000, description="Associations at one time in a worker (a count)."
    )
    handshakes: int = Field(
        default=_LIMITS.handshakes, ge=1, le=10_000, description="TLS handshakes at one time in a worker (a count)."
    )


class JournalTable(Table):
    """Each process's journal of events."""

    segment_bytes: int = Field(
        default=_JOURNAL.segment_bytes, ge=1_048_576, le=1_073_741_824, description="Bytes of one preallocated segment."
    )
    reserve: int = Field(
        default=_JOURNAL.reserve, ge=2, le=64, description="Segments kept preallocated ahead (a count)."
    )
    limit_bytes: int = Field(
        default=_JOURNAL.limit_bytes,
        ge=16_777_216,
        le=1_099_511_627_776,
        description="Bytes a journal may take while the ledger is down.",
    )


class LedgerTable(Table):
    """The signed record."""

    retention_months: int = Field(
        default=LedgerSettings().retention_months,
        ge=1,
        le=1_200,
        strict=True,
        description="`leadglass audit prune` takes nothing out that is younger. Nothing is ever pruned by itself.",
    )


class PolicyTable(Table):
    """Cedar policies and their tests; without files, the shipped ones."""

    files: list[str] = Field(
        default_factory=list, max_length=MAX_POLICY_FILES, description="Policy files; relative to this file."
    )
    tests: list[str] = Field(
        default_factory=list, max_length=MAX_POLICY_FILES, description="Test files that must pass first; relative."
    )


class AssessmentTable(Table):
    """What is printed of a cohort of hospitals; see docs/how-to/compare-hospitals.md."""

    min_hospitals: int = Field(
        default=AssessmentSettings().min_hospitals,
        ge=3,
        le=1_000,
        strict=True,
        description="Fewest hospitals in a row of a cohort's table; a row of fewer prints its n only.",
    )
    min_cell: int = Field(
        default=AssessmentSettings().min_cell,
        ge=2,
        le=100,
        strict=True,
        description="Fewest hospitals in a cell that is not empty; a row with fewer in one prints its n only.",
    )


class TlsTable(Table):
    """Certificates of the data plane (PEM files); needed where a listener or an archive has `tls = true`."""

    certificate: str = Field(
        min_length=1, description="Shown to devices: the chain, its leaf first; relative to this file."
    )
    key: str = Field(min_length=1, description="Its private key, without a pass phrase.")
    client_certificate: str = Field(default="", description="Shown to archives; empty: `certificate`.")
    client_key: str = Field(default="", description="Its private key.")
    trust: list[str] = Field(
        default_factory=list,
        max_length=MAX_TLS_FILES,
        description="Certificates of the authorities the hospital trusts; without any, only pinned certificates prove "
        "somebody.",
    )
    revocation: list[str] = Field(
        default_factory=list, max_length=MAX_TLS_FILES, description="Revocation lists of these authorities, PEM or DER."
    )
    expired_grace_days: int = Field(
        default=Settings().expired_grace_days,
        ge=0,
        le=3_650,
        strict=True,
        description="Days for which a pinned certificate still proves its peer after it has expired.",
    )


class File(Table):
    """The whole file."""

    site: SiteTable = SiteTable()
    state: StateTable = StateTable()
    gateway: GatewayTable = GatewayTable()
    listener: list[ListenerTable] = Field(
        default_factory=lambda: [ListenerTable()], min_length=1, max_length=MAX_LISTENERS
    )
    archive: list[ArchiveTable] = Field(min_length=1, max_length=MAX_ARCHIVES)
    route: list[RouteTable] = Field(min_length=1, max_length=MAX_ROUTES)
    console: ConsoleTable = ConsoleTable()
    timers: TimersTable = TimersTable()
    limits: LimitsTable = LimitsTable()
    journal: JournalTable = JournalTable()
    ledger: LedgerTable = LedgerTable()
    policy: PolicyTable = PolicyTable()
    assessment: AssessmentTable = AssessmentTable()
    tls: TlsTable | None = None


TABLES: tuple[tuple[str, type[Table], bool], ...] = (
    ("site", SiteTable, False),
    ("state", StateTable, False),
    ("gateway", GatewayTable, False),
    ("listener", ListenerTable, True),
    ("archive", ArchiveTable, True),
    ("route", RouteTable, True),
    ("console", ConsoleTable, False),
    ("timers", TimersTable, False),
    ("limits", LimitsTable, False),
    ("journal", JournalTable, False),
    ("ledger", LedgerTable, False),
    ("policy", PolicyTable, False),
    ("assessment", AssessmentTable, False),
    ("tls", TlsTable, False),
)
"""Name, schema, and whether the table may stand several times."""
