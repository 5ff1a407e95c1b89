"""What the comparison of the network says about controls, as evidence. Reads the outcome that is kept; compares none.

Configurations are as old as the oldest of them was handed in. A verdict that rests on the hospital's own description
alone is a document's: it confirms nothing as configured.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import quote

import msgspec
from sqlalchemy import Engine

from leadglass.assess.control import Catalogue, Control, Kind
from leadglass.assess.evidence import EVERYTHING, Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.noted import Noted, identity, named
from leadglass.network.outcome import BundleTold, RuledTold
from leadglass.store.appstate.network import (
    HOSPITAL,
    NetworkFile,
    fingerprint,
    last_outcome,
    network_files,
    outcome_fingerprint,
)

SOURCE = "network comparison"
MAX_BUNDLES = 40  # told one by one of one control
MAX_WORDS = 400  # characters of a sentence
_OPEN, _USED, _MAP = "needless-opening", "violation-in-use", "contradiction"
_GRAVE = frozenset({"medium", "high", "critical"})
_BEARINGS = {"met": Bearing.CONFIRMS, "not met": Bearing.REFUTES, "partly": Bearing.PARTLY}


class _Told(msgspec.Struct, frozen=True):
    """What is read of an outcome."""

    rules: tuple[RuledTold, ...]
    bundles: tuple[BundleTold, ...]


class NetworkNoted:
    """Holds the evidence of the last outcome; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of = ""
        self._noted: tuple[Noted, ...] = ()

    def now(self, engine: Engine) -> tuple[Noted, ...]:
        """What the network says; nothing while its files are newer than their comparison.

        Raises:
            SQLAlchemyError: the application state cannot be read.
        """
        files = network_files(engine)
        if not files:
            return ()
        of = fingerprint(files)
        with self._lock:
            if self._of != of:
                kept = last_outcome(engine) if outcome_fingerprint(engine) == of else None
                if kept is None or kept[0] != of:  # replaced between the two looks
                    return ()
                self._noted = noted(kept[2], files, of, knowledge().catalogue)
                self._of = of
            return self._noted


def network_noted(engine: Engine) -> tuple[Noted, ...]:
    """The same, once."""
    return NetworkNoted().now(engine)


def noted(content: bytes, files: Iterable[NetworkFile], of: str, catalogue: Catalogue) -> tuple[Noted, ...]:
    """What an outcome says about controls.

    Args:
        content: JSON of `network.outcome.Outcome`.
        files: that it comes from.
        of: their fingerprint.
        catalogue: the controls.
    """
    told = msgspec.json.decode(content, type=_Told)
    kept = list(files)
    seen = min(one.at for one in kept if one.kind != HOSPITAL or len(kept) == 1)
    found: dict[str, Noted] = {}
    for one in (*_ruled(told, seen, of, catalogue), *_bundled(told, seen, of, catalogue)):
        found.setdefault(one.evidence.id, one)
    return tuple(found.values())


def _ruled(told: _Told, seen: datetime, of: str, catalogue: Catalogue) -> Iterator[Noted]:
    zones = {name for one in told.bundles for name in (one.source, one.destination)}
    for one in told.rules:
        control, bearing = catalogue.control(one.control), _BEARINGS.get(one.verdict)
        kind = _kind(control, one, bearing)
        if control is None or bearing is None or kind is None:
            continue
        places = [place for finding in one.findings for place in finding.places]
        yield Noted(
            Evidence(
                id=identity("network", one.control, one.rule),
                control=one.control,
                kind=kind,
                bearing=bearing,
                source=SOURCE,
                where=", ".join(places[:3]) or "the hospital's network",
                seen=seen,
                scope=EVERYTHING if bearing is Bearing.CONFIRMS else _scope(one, zones),
                digest=of,
            ),
            f"/network/controls#{quote(one.control)}",
            _cut(" ".join(one.reasons)),
        )


def _scope(one: RuledTold, zones: set[str]) -> frozenset[str]:
    """Zones that its findings name; else their subjects."""
    subjects = {finding.id.partition("--")[2] for finding in one.findings}
    touched = {part for subject in subjects for part in subject.split("--")} & zones
    return named("zone", touched) if touched else named("network", subjects)


def _kind(control: Control | None, one: RuledTold, bearing: Bearing | None) -> Kind | None:
    """Configured, or a document where only the description says so; None where the control takes neither."""
    if control is None or bearing is None:
        return None
    if one.basis == "claimed":
        if control.ground(Kind.DOCUMENT) is not None:
            return Kind.DOCUMENT
        if bearing is Bearing.CONFIRMS:
            return None
    return Kind.CONFIGURATION if control.ground(Kind.CONFIGURATION) is not None else None


def _bundled(told: _Told, seen: datetime, of: str, catalogue: Catalogue) -> Iterator[Noted]:
    """Openings that matter, of controls of which no rule says anything; and what was seen in use."""
    ruled = {one.control for one in told.rules if one.verdict in _BEARINGS}
    counted: dict[str, int] = {}
    for one in told.bundles:
        traffic = one.kind in {_USED, _MAP}
        if not traffic and (one.kind != _OPEN or one.severity not in _GRAVE):
            continue
        for name in one.controls[:1] if not traffic else one.controls:
            control = catalogue.control(name)
            kind = Kind.TRAFFIC if traffic else Kind.CONFIGURATION
            if control is None or control.ground(kind) is None or (name in ruled and not traffic):
                continue
            counted[name] = counted.get(name, 0) + 1
            if counted[name] > MAX_BUNDLES:
                continue
            yield Noted(
                Evidence(
                    id=identity("network", name, one.id),
                    control=name,
                    kind=kind,
                    bearing=Bearing.REFUTES,
                    source=SOURCE,
                    where=f"{one.source} to {one.destination}",
                    seen=seen,
                    scope=named("zone", (one.source, one.destination)),
                    digest=of,
                ),
                f"/network/groups/{quote(one.id)}",
                _cut(f"{one.title}: {one.source_title} to {one.destination_title}, {one.services}."),
            )


def _cut(words: str) -> str:
    return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1].rstrip() + "…"
