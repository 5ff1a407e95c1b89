"""A printed cohort as a file that its keeper gives back to the hospitals. Never holds more than what was printed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from leadglass.assess.association import Association
from leadglass.assess.cohort import Size
from leadglass.assess.control import Id
from leadglass.assess.disclosure import Limits
from leadglass.assess.instrument import Instrument
from leadglass.assess.printed import NOT_PRINTED, PrintedCohort, PrintedItem, PrintedRow, column_names, layout
from leadglass.assess.question import Code
from leadglass.assess.strata import Row
from leadglass.assess.supersede import number
from leadglass.assess.tally import Tally
from leadglass.errors import LeadglassError

FORMAT: Literal["leadglass-cohort-1"] = "leadglass-cohort-1"
MAX_FILE = 4_194_304  # bytes: every row of every item
MAX_HOSPITALS = 1_000_000

_HINT = "let the keeper of the cohort hand it out again: Comparison, Printed cohort as a file"
_Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_HOSPITALS)]
_Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]


class CohortFileError(LeadglassError):
    """A file that is no printed cohort, or not of this instrument."""


class FileRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row: of all hospitals (no size), of a band, or of those whose band is not known (no band).

    Attributes:
        hospitals: in it when the file was written.
        counts: by column, as printed last; none where it is not printed. at: when that was.
        held: why it is not printed.
    """

    size: Size | None = None
    band: Annotated[str, msgspec.Meta(max_length=32)] = ""
    hospitals: _Number
    counts: Annotated[dict[Code, _Number], msgspec.Meta(max_length=40)] | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    held: Annotated[str, msgspec.Meta(max_length=80)] = ""


class FileAssociation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Kendall's tau-b of an item with a size, as `Association` has it."""

    size: Size
    n: _Number
    tau: Annotated[float, msgspec.Meta(ge=-1, le=1)]
    p: Annotated[float, msgspec.Meta(ge=0, le=1)]
    permutations: Annotated[int, msgspec.Meta(ge=1, le=99_999)]


class FileItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question's rows and associations."""

    question: Id
    rows: Annotated[tuple[FileRow, ...], msgspec.Meta(max_length=40)]
    associations: Annotated[tuple[FileAssociation, ...], msgspec.Meta(max_length=2)] = ()


class CohortFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it: the limits that rows passed, and the items of one version of the instrument."""

    format: Literal["leadglass-cohort-1"]
    instrument: _Version
    hospitals: _Number
    min_hospitals: _Number
    min_cell: _Number
    items: Annotated[tuple[FileItem, ...], msgspec.Meta(max_length=1_000)]


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    return msgspec.json.schema(CohortFile)


def write(cohort: PrintedCohort, instrument: Instrument) -> bytes:
    """The file; the same printed cohort gives the same bytes."""
    items = tuple(
        FileItem(
            question=name,
            rows=tuple(_row(row, found) for row, found in item.rows.items()),
            associations=tuple(
                FileAssociation(size=size, n=one.n, tau=one.tau, p=one.p, permutations=one.permutations)
                for size, one in sorted(item.associations.items())
            ),
        )
        for name, item in cohort.items.items()
    )
    file = CohortFile(
        format=FORMAT,
        instrument=instrument.version,
        hospitals=cohort.hospitals,
        min_hospitals=cohort.limits.hospitals,
        min_cell=cohort.limits.cell,
        items=items,
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def _row(row: Row, found: PrintedRow) -> FileRow:
    counts = None if found.tally is None else dict(found.tally.counts)
    return FileRow(size=row.size, band=row.band, hospitals=found.n, counts=counts, at=found.at, held=found.held)


def read(data: bytes, instrument: Instrument) -> PrintedCohort:
    """The printed cohort in a file.

    Questions that the file does not have are "not printed yet" here; of another version of the instrument those are
    left out whose columns or bands are not today's.

    Raises:
        CohortFileError: larger than `MAX_FILE`, no such file, of a later instrument, or rows that are not those of its
            questions.
    """
    if len(data) > MAX_FILE:
        raise CohortFileError(f"larger than {MAX_FILE} bytes", _HINT)
    try:
        file = msgspec.json.decode(data, type=CohortFile)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise CohortFileError(f"no printed cohort: {error}", _HINT) from None
    if number(file.instrument) > number(instrument.version):
        hint = "upgrade this Leadglass, or ask for the file of the version it has"
        raise CohortFileError(f"of instrument {file.instrument}; this one is {instrument.version}", hint)
    given = {item.question: item for item in file.items}
    if len(given) != len(file.items):
        raise CohortFileError("a question stands twice", _HINT)
    same = file.instrument == instrument.version
    if same and (strange := sorted(given.keys() - instrument.by_id.keys())):
        raise CohortFileError(f"no question {strange[0]!r}", _HINT)
    items = {}
    for question in instrument.questions:
        places, columns = layout(instrument, question), set(column_names(question))
        item = given.get(question.id)
        found = None if item is None else _item(item, places, columns)
        if found is None and item is not None and same:
            raise CohortFileError(f"the rows of {question.id!r} are not those of its question", _HINT)
        items[question.id] = found or PrintedItem({row: PrintedRow(0, held=NOT_PRINTED) for row in places})
    return PrintedCohort(file.hospitals, Limits(file.min_hospitals, file.min_cell), items)


def _item(item: FileItem, places: tuple[Row, ...], columns: set[str]) -> PrintedItem | None:
    """The item, if its rows and columns are today's."""
    rows = {Row(row.size, row.band): row for row in item.rows}
    if len(rows) != len(item.rows) or set(rows) != set(places):
        return None
    if any(row.counts is not None and set(row.counts) != columns for row in item.rows):
        return None
    if any((row.counts is None) != (row.at is None) for row in item.rows):
        return None
    associations = {one.size: Association(one.n, one.tau, one.p, one.permutations) for one in item.associations}
    return PrintedItem({row: _printed(rows[row]) for row in places}, associations)


def _printed(row: FileRow) -> PrintedRow:
    if row.counts is None:
        return PrintedRow(row.hospitals, held=row.held or NOT_PRINTED)
    return PrintedRow(row.hospitals, Tally(row.counts), row.at)
