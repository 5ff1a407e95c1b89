"""The demonstration hospital, compared; and hospitals of any size, for the tests of the picture."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from leadglass.config.network import load_gap_classes, load_hospital, load_model
from leadglass.network.compare import Comparison, compare
from leadglass.network.gap_class import Classes
from leadglass.network.gaps import Gap, gaps
from leadglass.network.hospital import Hospital, Link, Machine, Zone


@cache
def classes() -> Classes:
    return load_gap_classes()


@cache
def demonstration() -> tuple[Comparison, tuple[Gap, ...]]:
    file = Path(str(resources.files("leadglass.demo.network").joinpath("network.toml")))
    read = load_hospital(file)
    comparison = compare(read.hospital, read.model, read.devices)
    return comparison, gaps(comparison, classes(), witnesses=False)


def made(
    zones: int, machines: int, roles: tuple[str, ...] = ("modality", "pacs", "clinical"), title: str = "Zone"
) -> Comparison:
    """A hospital without filters: one link joins its first two zones, so that something cannot be told."""
    hospital = Hospital(
        format="leadglass-network-1",
        name="Made",
        zones=tuple(
            Zone(name=f"z{index}", title=f"{title} {index}", roles=(roles[index % len(roles)],) if roles else (),
                 networks=(f"10.{index // 250}.{index % 250}.0/24",))
            for index in range(zones)
        ),
        machines=tuple(
            Machine(name=f"m{number}", addresses=(f"10.{at // 250}.{at % 250}.{number // zones + 1}",))
            for number in range(machines)
            for at in (number % zones,)
        ),
        links=(Link(name="line", between=("z0", "z1")),) if zones > 1 else (),
    )  # fmt: skip
    return compare(hospital, load_model("2026"), ())
