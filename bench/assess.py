"""`python -m bench.assess`: a cohort's tables, and the assessment's pages of a running console. Leaves nothing running.

Writes `bench/results/assess.json` and prints its table; exits 1 where a required row is missing.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from rich.console import Console

import leadglass
from bench import report, rows
from bench.machine import REPOSITORY, directory, machine
from bench.measures import aggregate, pages
from bench.processes import exit_at_sigterm
from bench.rows import ASSESS, Row
from leadglass.errors import LeadglassError

RESULT = REPOSITORY / "bench" / "results" / "assess.json"

MEASURES: dict[str, Callable[[Path, bool], list[Row]]] = {
    "aggregate": lambda _where, quick: aggregate.measure(quick=quick),
    "pages": lambda where, quick: pages.measure(where, quick=quick),
}

METHOD = """\
Hospitals are invented (bench/hospitals.py, seeded): six of a hundred questions skipped, larger ones say yes more often.
Aggregate: from responses in memory, in one process, to all that a printing shows: the tally of each question in all and
in each band of beds and examinations, the decision of disclosure control about every row, Kendall's tau-b with 999
permutations for both sizes. Median of five rounds; of 100,000 three, of which the first 10,000 are the smaller ones.
Pages: `leadglass demo` as it starts, its devices sending; one client, kept connection, HTTPS, one request after the
other, 60 of each page, from the request to the last byte. The row is the page with the highest 95th percentile; all are
named beside it. With contributions: 1,000 received and printed; the first look computes the table, the others find it.
Printing: from the store to what is kept, for the first time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.assess", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run: few hospitals, nothing judged")
    parser.add_argument("--only", action="append", choices=MEASURES, help="this measure alone; may be repeated")
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    chosen = parser.parse_args(arguments)
    progress = Console(stderr=True)
    found: list[Row] = []
    try:
        # Left in place when something fails: its logs say why.
        where = Path(tempfile.mkdtemp(prefix="assess-", dir=directory()))
        for name in [name for name in MEASURES if not chosen.only or name in chosen.only]:
            progress.print(f"{name} …")
            found += MEASURES[name](where, chosen.quick)
        result = report.document(
            "assess", found, machine(where), versions(), method=METHOD, comparable=not chosen.quick
        )
        shutil.rmtree(where)
    except LeadglassError as fault:
        progress.print(f"error: {fault}\nhint: {fault.hint}", highlight=False, markup=False)
        return fault.exit_code
    report.write(chosen.result, result)
    report.show(result, report.paper())
    absent = rows.missing(found, ASSESS) if not chosen.only else []
    if absent:
        progress.print(f"error: {len(absent)} required rows are missing: {'; '.join(absent)}", markup=False)
    return 1 if absent else 0


def versions() -> dict[str, str]:
    """What was measured with what."""
    said = {"python": platform.python_version(), "leadglass": leadglass.__version__}
    return said | {name: metadata.version(name) for name in ("numpy", "msgspec", "sqlalchemy", "jinja2", "uvicorn")}


if __name__ == "__main__":
    exit_at_sigterm()
    sys.exit(main())
