"""Where and when somebody looked: what a capture can see. Never what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadglass.errors import LeadglassError
from leadglass.network.flows.spans import Spans
from leadglass.network.flows.table import Flows


class Kind(StrEnum):
    """Kinds of places to look from."""

    DEVICE = "device"  # all that crosses a firewall or router, on all its interfaces (NetFlow of it)
    SEGMENT = "segment"  # all on the network of one interface, between its hosts too (a tap or mirror of all ports)
    ZONE = "zone"  # all to, from and within a zone
    PAIR = "pair"  # all that two zones say to each other


class VantageError(LeadglassError):
    """A place to look from that is none."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Vantage:
    """A place to look from.

    Attributes:
        name: of the device; "device:interface" of a segment; of the zone; the first zone of a pair.
        other: the second zone of a pair.
    """

    kind: Kind
    name: str
    other: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" + (f":{self.other}" if self.other else "")


def vantage(text: str) -> Vantage:
    """Reads "device:fw", "segment:fw:eth1", "zone:pacs" or "pair:ct:pacs".

    Raises:
        VantageError: it is none of these.
    """
    kind, _, name = text.partition(":")
    other = ""
    if kind == Kind.PAIR:
        name, _, other = name.partition(":")
    right = kind in set(Kind) and name and (other or kind != Kind.PAIR) and (":" in name or kind != Kind.SEGMENT)
    if not right:
        raise VantageError(
            f"no place to look from: {text[:80]!r}",
            "device:NAME, segment:DEVICE:INTERFACE, zone:NAME or pair:ZONE:ZONE",
        )
    return Vantage(Kind(kind), name, other)


MAX_LOSSY = 0.001  # share of flows with lost parts up to which a capture still counts as whole


@dataclass(frozen=True, slots=True)
class Capture:
    """One import: where somebody looked, when, and how well.

    Attributes:
        sampled: only some packets were looked at, or nobody says that all were.
        whole: no line of it had to be left out, and the sensor lost next to nothing.
        spans: when it was awake, without the gaps.
        outside_of: names of the devices on whose far side of address translation it looked; empty: on the near side of
            all; None: nobody said, and addresses that a translation makes are not attributed.
    """

    file: str
    vantage: Vantage
    sampled: bool
    whole: bool
    spans: Spans
    outside_of: frozenset[str] | None = None

    @property
    def proves_silence(self) -> bool:
        """Whether what it did not see was not there."""
        return self.whole and not self.sampled


def capture(
    flows: Flows, where: Vantage, *, sampled: bool | None = None, outside_of: frozenset[str] | None = None
) -> Capture:
    """What an import can see.

    Args:
        flows: the import.
        where: the place.
        sampled: what people say of it, where the data does not; data that tells of sampling is believed.
        outside_of: see `Capture`.
    """
    said = flows.sampled if flows.sampled or sampled is None else sampled
    whole = not flows.skipped and flows.lossy <= MAX_LOSSY
    return Capture(flows.file, where, said is not False, whole, flows.spans, outside_of)
