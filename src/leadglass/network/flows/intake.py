"""Rows of text, whichever tool wrote them, become rows of numbers: what is missing or wrong is counted. No judging."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadglass.network.flows import fields
from leadglass.network.flows.addresses import Book
from leadglass.network.flows.spans import Spans, spans, steps
from leadglass.network.flows.table import MAX_FLOWS, Skips
from leadglass.network.headers import ICMP, ICMPV6, WITH_PORTS
from leadglass.network.importers.fault import ConfigurationUnreadable

_REASONS = {
    "source": "no address of the source",
    "destination": "no address of the destination",
    "protocol": "no protocol",
    "source_port": "no source port",
    "destination_port": "no destination port, or no type of ICMP",
    "first": "no time between 1990 and 2100",
}


class Intake:
    """Takes rows piece by piece; keeps addresses, counts and times."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.book = Book()
        self.skips = Skips()
        self.read = 0
        self._steps: NDArray[np.int64] = np.empty(0, np.int64)

    def count(self, lines: int) -> None:
        """Lines were looked at.

        Raises:
            ConfigurationUnreadable: they are more than `MAX_FLOWS`.
        """
        self.read += lines
        if self.read > MAX_FLOWS:
            raise ConfigurationUnreadable(
                f"more than {MAX_FLOWS:,} lines of flows", "hand in shorter times, a file a day", self.file
            )

    @property
    def spans(self) -> Spans:
        """When anything was seen."""
        return spans(self._steps)

    def numbers(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with ends, protocol and first time as numbers; wrong ones are counted and left out.

        Args:
            rows: "line", and as text "source", "destination", "protocol", "source_port", "destination_port" (ports only
                where the protocol has them; of ICMP the destination's is type × 256 + code, or "8.0"), "first". Other
                columns stay as they are.
        """
        protocol = fields.protocol(rows["protocol"])
        ported = protocol.is_in(list(WITH_PORTS)).fill_null(value=False)
        icmp = protocol.is_in([ICMP, ICMPV6]).fill_null(value=False)
        nothing = pl.Series([0], dtype=pl.UInt16)
        target = fields.port(rows["destination_port"]).zip_with(~icmp, fields.icmp(rows["destination_port"]))
        found = rows.with_columns(
            self.book.index(rows["source"]).alias("source"),
            self.book.index(rows["destination"]).alias("destination"),
            protocol.alias("protocol"),
            # A protocol without ports has none, whatever stands there.
            fields.port(rows["source_port"]).zip_with(ported, nothing).alias("source_port"),
            target.zip_with(ported | icmp, nothing).alias("destination_port"),
            fields.seconds(rows["first"]).alias("first"),
        )
        for name, reason in _REASONS.items():
            missing = found[name].is_null()
            if missing.any():
                self.skips.add(reason, found["line"].filter(missing)[0], int(missing.sum()))
                found = found.filter(~missing)
        self._steps = np.union1d(self._steps, steps(found["first"].to_numpy()))
        return found
