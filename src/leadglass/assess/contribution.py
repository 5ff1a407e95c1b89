"""What a hospital gives to a cohort: a file of answer codes, bands included. Never a name or free text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from leadglass.assess.control import Id
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import NEUTRAL_ANSWERS, Code
from leadglass.assess.supersede import follow, number
from leadglass.errors import LeadglassError

FORMAT: Literal["leadglass-contribution-1"] = "leadglass-contribution-1"
MAX_FILE = 131_072  # bytes: as many codes as may stand in it, with their ids
MAX_CODES = 1_000
MAX_FAULTS = 20  # named in one message; the rest are counted

_HINT = "let the hospital export it again; docs/reference/contribution.schema.json says what it may hold"


class ContributionError(LeadglassError):
    """A file that cannot be taken into a cohort."""


class Contribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One hospital's response.

    Attributes:
        id: 128 random bits, kept across updates, so that the newest of a hospital replaces the older.
        instrument: version of the instrument that was answered.
        codes: answer code by question id; of a number its band.
    """

    format: Literal["leadglass-contribution-1"]
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    instrument: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]
    codes: Annotated[dict[Id, Code], msgspec.Meta(max_length=MAX_CODES)]


def schema() -> dict[str, Any]:
    """The JSON Schema of a contribution."""
    return msgspec.json.schema(Contribution)


def write(name: str, instrument: Instrument, codes: Mapping[str, str]) -> bytes:
    """The file, readable by a person; the same response gives the same bytes.

    Args:
        name: the hospital's random contribution id.
        instrument: what was answered.
        codes: the response, as `cohort.coded` gives it.
    """
    one = Contribution(format=FORMAT, id=name, instrument=instrument.version, codes=dict(sorted(codes.items())))
    return msgspec.json.format(msgspec.json.encode(one), indent=2) + b"\n"


def read(data: bytes, instrument: Instrument) -> Contribution:
    """A hospital's response, brought to the present instrument; codes that it has no place for are left out.

    Raises:
        ContributionError: larger than `MAX_FILE`, no such file, of a later instrument, or a code of the present version
            that is none of its question; all such codes are named.
    """
    if len(data) > MAX_FILE:
        raise ContributionError(f"larger than {MAX_FILE} bytes", _HINT)
    try:
        one = msgspec.json.decode(data, type=Contribution)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ContributionError(f"no contribution: {error}", _HINT) from None
    if number(one.instrument) > number(instrument.version):
        hint = "upgrade this Leadglass, or export from the version it has"
        raise ContributionError(f"answers to instrument {one.instrument}; this one is {instrument.version}", hint)
    offered = {question.id: {*question.codes, *NEUTRAL_ANSWERS} for question in instrument.questions}
    changes = sorted(instrument.changes, key=lambda change: number(change.since))
    codes: dict[str, str] = {}
    faults = []
    for question, code in one.codes.items():
        name, value = follow(question, code, one.instrument, changes)
        if value in offered.get(name, ()):
            codes.setdefault(name, str(value))
        elif one.instrument == instrument.version:
            faults.append(f"{code!r} is no answer to {question!r}")
    if faults:
        more = f", and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        raise ContributionError("; ".join(faults[:MAX_FAULTS]) + more, _HINT)
    return msgspec.structs.replace(one, instrument=instrument.version, codes=codes)
