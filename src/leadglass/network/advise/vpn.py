"""Which VPN for whom: Table 2 of the article as reconstructed, and today's choice with its reason. No ciphers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from leadglass.network.hospital import Hospital, Name, Text

Long = Annotated[str, msgspec.Meta(min_length=10, max_length=600)]
Kind = Annotated[str, msgspec.Meta(pattern="^(tls|ipsec|wireguard|ztna)$")]

RETIRED = frozenset({"pptp", "l2tp"})


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A user, device or application.

    Attributes:
        title: as Table 2 has it.
        fixed: a fixed site or a whole subnet; else a transient user or a single application.
        ssl, ipsec: the ticks of Table 2.
        words: of a VPN's users that mean this row, lower case. roles: of machines or zones that do.
        today: kinds that are chosen now, the best first.
        why: the reason of that choice.
    """

    id: Name
    title: Text
    fixed: bool
    ssl: bool
    ipsec: bool
    words: Annotated[tuple[Text, ...], msgspec.Meta(max_length=20)] = ()
    roles: Annotated[tuple[Name, ...], msgspec.Meta(max_length=10)] = ()
    today: Annotated[tuple[Kind, ...], msgspec.Meta(min_length=1, max_length=4)]
    why: Long


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it.

    Attributes:
        label: what must stand beside the table wherever it is shown.
        rule: the article's rule, in our words.
        kinds: what each of today's kinds is, in words.
    """

    format: Annotated[str, msgspec.Meta(pattern="^leadglass-vpn-1$")]
    label: Long
    rule: Long
    source: Text
    kinds: dict[Kind, Long]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Advice for one user or device that the hospital has.

    Attributes:
        who: as the hospital names it. row: of the table; None: it is not in it, and the rule decides.
        now: names of the VPNs by which it comes in; empty: none is declared.
        table: "SSL" or "IPsec": what Table 2 has.
        today: kinds, the best first. why: the reason.
        fits: the VPN in use is one of these; None where none is declared.
    """

    who: str
    row: Row | None
    now: tuple[str, ...]
    table: str
    today: tuple[str, ...]
    why: str
    fits: bool | None


def faults(table: Table) -> list[str]:
    """What no single row can show. Empty when sound."""
    ids = [row.id for row in table.rows]
    found = [f"row {name!r} stands twice" for name in sorted({one for one in ids if ids.count(one) > 1})]
    found += [f"row {row.id!r}: the table's rule has one tick" for row in table.rows if row.ssl == row.ipsec]
    found += [f"row {row.id!r}: its ticks contradict the rule" for row in table.rows if row.ipsec is not row.fixed]
    found += [f"no words for the kind {one!r}" for row in table.rows for one in row.today if one not in table.kinds]
    words = [word for row in table.rows for word in row.words]
    return [*found, *(f"{word!r} means two rows" for word in sorted({one for one in words if words.count(one) > 1}))]


def choices(hospital: Hospital, table: Table) -> tuple[Choice, ...]:
    """Advice for each user of a declared VPN, and for each row that a machine or zone of the hospital means."""
    found = []
    said: set[str] = set()
    users: dict[str, list[str]] = {}
    for vpn in hospital.vpns:
        for user in vpn.users or (vpn.name,):
            users.setdefault(user, []).append(vpn.name)
    for user, names in users.items():
        row = _meant(table, user)
        kinds = {vpn.kind for vpn in hospital.vpns if vpn.name in names}
        found.append(_choice(user, row, tuple(names), kinds))
        said.add(row.id if row is not None else "")
    roles = {role for zone in hospital.zones for role in zone.roles} | {one.role for one in hospital.machines}
    others = [row for row in table.rows if row.id not in said and roles.intersection(row.roles)]
    return (*found, *(_choice(row.title, row, (), set()) for row in others))


def _meant(table: Table, user: str) -> Row | None:
    said = user.lower()
    exact = [row for row in table.rows if said == row.title.lower() or said in row.words]
    within = [row for row in table.rows if any(word in said for word in row.words)]
    return next(iter([*exact, *within]), None)


def _choice(who: str, row: Row | None, names: tuple[str, ...], kinds: set[str]) -> Choice:
    if row is None:
        why = (
            "It is not in the table. A person or one application: zero-trust access or TLS; a site or a subnet: IPsec "
            "or WireGuard."
        )
        return Choice(
            who, None, names, "", ("ztna", "tls", "ipsec", "wireguard"), why, not kinds & RETIRED if kinds else None
        )
    allowed = {*row.today, *(("openvpn",) if "tls" in row.today else ())}
    return Choice(
        who, row, names, "IPsec" if row.ipsec else "SSL", row.today, row.why, kinds <= allowed if kinds else None
    )
