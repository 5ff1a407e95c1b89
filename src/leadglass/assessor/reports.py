"""Makes reports of the assessment as it stands, and keeps them. Never judges, never renders."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from leadglass.assess import report_json
from leadglass.assess.beside import Beside
from leadglass.assess.report import Report, build
from leadglass.assessor.current import Assessment
from leadglass.assessor.knowledge import Knowledge
from leadglass.store.appstate.reports import Made, keep_report, last_report, read_report
from leadglass.store.appstate.risks import risks


def draft(
    engine: Engine,
    known: Knowledge,
    assessment: Assessment,
    beside: Iterable[Beside],
    zone: ZoneInfo,
    *,
    by: str,
) -> Report:
    """The report of an assessment, compared with the one made last; nothing is kept.

    Args:
        engine: the application state: risk register, the report before.
        known: the assessment's own data.
        assessment: as it stands.
        beside: the hospital beside others, as `cohort.beside_others` gives it.
        zone: of the facility; its date is the report's.
        by: who makes it.
    """
    return build(
        facility=assessment.facility,
        by=by,
        at=assessment.at.astimezone(zone).replace(microsecond=0),
        catalogue=known.catalogue,
        instrument=known.instrument,
        truth_table=known.truth_table,
        published=known.published,
        answers=assessment.answers,
        view=assessment.view,
        judgements=assessment.judgements,
        settlements=assessment.settlements,
        words=assessment.words,
        links=assessment.links,
        risks=risks(engine),
        beside=beside,
        previous=last_report(engine),
    )


def keep(engine: Engine, report: Report, *, by: str, address: str) -> Made:
    """Keep a report, so that it can be read again, and the next be compared with it.

    Args:
        engine: the application state.
        report: as `draft` gives it.
        by: who makes it.
        address: where they sit.

    Raises:
        AppStateConflictError: it is too large, or no more can be kept.
    """
    return keep_report(engine, report_json.write(report), report.at, by, address)


def kept(engine: Engine, name: str) -> Report:
    """A report that was made.

    Args:
        engine: the application state.
        name: its id among those kept, as `Made` has it.

    Raises:
        AppStateConflictError: there is none.
        ReportError: another version made it, in a format that this one does not read.
    """
    return report_json.read(read_report(engine, name))
