"""Contributions from files and folders, one a hospital. Never opens the application state, never shows one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track

from leadglass.assess import contribution
from leadglass.assess.instrument import Instrument
from leadglass.cli.files import read_bounded
from leadglass.errors import LeadglassError

MAX_FILES = 200_000  # contributions of one cohort
MAX_DEPTH = 8  # of folders in folders
_NOTICEABLE = 500  # files from which progress is shown


@dataclass
class Read:
    """What the files held.

    Attributes:
        responses: answer codes by contribution id. files: how many were read.
        same: files that say what another had said. replaced: files whose hospital stood in an earlier one.
        refused: what is wrong with a file, by its path.
    """

    responses: dict[str, dict[str, str]] = field(default_factory=dict)
    files: int = 0
    same: int = 0
    replaced: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def read_contributions(places: Iterable[Path], instrument: Instrument) -> Read:
    """All contributions in files, and in the ``.json`` files of folders, in the order of their names.

    Of several files of one hospital the last one stands, as if they had been received in this order.

    Raises:
        LeadglassError: more than `MAX_FILES`, or folders nested beyond `MAX_DEPTH`.
        OSError: a place that was named cannot be read.
    """
    files = list(_files(places))
    if len(files) > MAX_FILES:
        raise LeadglassError(f"more than {MAX_FILES:,} files", "a cohort holds at most so many hospitals")
    found = Read(files=len(files))
    console = Console(stderr=True)
    disable = not sys.stderr.isatty() or len(files) < _NOTICEABLE
    for file in track(files, "Reading contributions", console=console, transient=True, disable=disable):
        try:
            one = contribution.read(read_bounded(file, contribution.MAX_FILE), instrument)
        except LeadglassError as error:
            found.refused[str(file)] = error.message
            continue
        before = found.responses.get(one.id)
        found.responses[one.id] = one.codes
        if before == one.codes:
            found.same += 1
        elif before is not None:
            found.replaced.append(str(file))
    return found


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """Files as named; of folders those that end in ``.json``. Bounded by one more than may be read."""
    count = 0
    for place in places:
        for file in _within(place) if place.is_dir() else (place,):
            count += 1
            yield file
            if count > MAX_FILES:
                return


def _within(folder: Path) -> Iterator[Path]:
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise LeadglassError(f"{here}: folders are nested deeper than {MAX_DEPTH}", "name the folder itself")
        entries = sorted(here.iterdir())
        yield from (one for one in entries if one.suffix == ".json" and one.is_file())
        waiting += [(one, depth + 1) for one in reversed(entries) if one.is_dir() and not one.is_symlink()]
