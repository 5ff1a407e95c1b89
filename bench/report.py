"""A result as a table for people and a file for machines. Never leaves out a row that missed its goal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.rows import Row

_WIDTH = 170


def document(
    name: str,
    rows: Sequence[Row],
    machine: Mapping[str, str],
    versions: Mapping[str, str],
    *,
    method: str,
    comparable: bool,
) -> dict[str, Any]:
    """What ``results/NAME.json`` holds."""
    return {
        "bench": name,
        "comparable": comparable,
        "machine": dict(machine),
        "versions": dict(versions),
        "method": method.split("\n"),
        "rows": [
            {
                "what": row.what,
                "value": _figure(row.value),
                "unit": row.unit,
                "against": row.against,
                "ratio": _figure(row.ratio),
                "goal": str(row.goal) if row.goal else "",
                "met": row.met,
                "note": row.note,
            }
            for row in rows
        ],
    }


def _figure(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def write(path: Path, result: Mapping[str, Any]) -> None:
    """Writes the file, its directory made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def paper() -> Console:
    """A console wide enough for the table, whatever the terminal."""
    console = Console()
    return console if console.width >= _WIDTH else Console(width=_WIDTH)


def show(result: Mapping[str, Any], console: Console) -> None:
    """Prints the table, with machine, versions and method around it."""
    console.print(" · ".join(result["machine"].values()), highlight=False)
    console.print(", ".join(f"{name} {said}" for name, said in result["versions"].items()), highlight=False)
    table = Table(title=f"bench {result['bench']}")
    for column in ("what", "value", "unit", "against", "ratio", "goal", "met"):
        table.add_column(column, justify="right" if column in {"value", "ratio"} else "left", overflow="fold")
    for row in result["rows"]:
        met = {None: "", True: "yes", False: "[bold red]NO[/]"}[row["met"]]
        against = ", ".join(part for part in (row["against"], row["note"]) if part)
        table.add_row(row["what"], _shown(row["value"]), row["unit"], against, _shown(row["ratio"]), row["goal"], met)
    console.print(table)
    if not result["comparable"]:
        console.print("A smoke run: these figures are not comparable and nothing was judged.", highlight=False)
    console.print("\n".join(result["method"]), highlight=False, soft_wrap=True)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
