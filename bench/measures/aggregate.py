"""What a cohort's table costs: tallies, bands of size, decisions about rows, associations. In this process alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from bench import hospitals
from bench.rows import ASSESS, Row, median, row
from leadglass.assess.disclosure import Limits
from leadglass.assess.printed import printed, printing
from leadglass.assess.strata import TOTAL
from leadglass.assessor.cohort import drawing
from leadglass.assessor.knowledge import knowledge

SMALL, LARGE = 10_000, 100_000
ROUNDS, LARGE_ROUNDS = 5, 3
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def measure(*, quick: bool) -> list[Row]:
    """Both sizes, the larger one from the same hospitals and more."""
    instrument = knowledge().instrument
    small, large = (SMALL // 100, LARGE // 100) if quick else (SMALL, LARGE)
    every = hospitals.responses(instrument, large)
    some = dict(list(every.items())[:small])
    first = median([aggregate(some) for _ in range(1 if quick else ROUNDS)])
    second = median([aggregate(every) for _ in range(1 if quick else LARGE_ROUNDS)])
    each, of_many = first / small * 1e6, second / large * 1e6
    return [
        row("aggregate 10,000 responses", first, "s", required=ASSESS, judged=not quick),
        row("aggregate 100,000 responses", second, "s", required=ASSESS, judged=not quick),
        row(
            "cost of a response among 100,000",
            of_many,
            "µs",
            f"among 10,000: {each:.4g} µs",
            of_many / each,
            required=ASSESS,
            judged=not quick,
        ),
    ]


def aggregate(responses: Mapping[str, Mapping[str, str]]) -> float:
    """Seconds from responses in memory to the printed table."""
    instrument, limits = knowledge().instrument, Limits()
    start = time.perf_counter()
    editions = dict(printing(instrument, responses, lambda _: (), limits, _AT))
    table = printed(instrument, responses, lambda name: (editions[name],) if name in editions else (), limits, drawing)
    seconds = time.perf_counter() - start
    totals = sum(item.rows[TOTAL].tally is not None for item in table.items.values())
    associations = sum(len(item.associations) for item in table.items.values())
    assert totals, "nothing was printed: this measured nothing"
    assert associations or len(responses) < SMALL, "no association was computed"
    return seconds
