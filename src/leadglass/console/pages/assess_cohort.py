"""This hospital beside a cohort, 2007 and 2005: all questions, or one with its bands. Prints only when asked to."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.assess.beside import Beside
from leadglass.assess.cohort_file import MAX_FILE, CohortFileError
from leadglass.assess.cohort_file import read as read_cohort
from leadglass.assess.cohort_file import write as write_cohort
from leadglass.assess.printed import PrintedCohort
from leadglass.assess.question import Question
from leadglass.assess.tally import headings
from leadglass.assessor.cohort import Compared, beside_others, limits_of, own_codes, print_cohort
from leadglass.assessor.knowledge import knowledge
from leadglass.console.cohort_picture import Bar, bars, swatch
from leadglass.console.compared import bands, figures, full, groups, line, ours_in_words, published_line
from leadglass.console.form import Uploads
from leadglass.console.page import Page, Visit
from leadglass.console.text import plural
from leadglass.store.appstate.cohort_file import forget_handed, keep_handed

UPLOADS = Uploads(MAX_FILE)


def now(visit: Visit) -> datetime:
    """The time of the visit, aware."""
    return datetime.fromtimestamp(visit.console.clock() / 1_000_000_000, UTC)


def compared(visit: Visit) -> Compared:
    """The cohort that this hospital stands beside, and where it comes from."""
    console = visit.console
    return console.last_printed.beside(console.engine, knowledge(), limits_of(console.configuration().assessment))


def cohort_of(visit: Visit) -> PrintedCohort:
    """The cohort as printed."""
    return compared(visit).cohort


def show(visit: Visit) -> Response:
    """All questions."""
    return _render(visit)


def _render(visit: Visit, status: int = 200, fault: str = "") -> Response:
    known, found = knowledge(), compared(visit)
    cohort = found.cohort
    rows = beside_others(visit.console.engine, known, cohort, now(visit))
    zone = visit.console.zone
    return visit.render(
        "assess_cohort.html",
        status,
        handed=found.handed,
        handed_fault=found.fault,
        fault=fault,
        cohort=cohort,
        printed=cohort.at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if cohort.at else "",
        groups=groups(known.instrument, rows, cohort.items, zone),
        known=known.published,
        may=visit.may("decide"),
    )


def change(visit: Visit) -> Response:
    """Print, take in a printed cohort, or be without it again."""
    console, action = visit.console, visit.field("action")
    if action == "forget":
        forget_handed(console.engine, by=visit.name, address=visit.address)
        return visit.go("/assess/cohort", "good", "The cohort that was handed in is forgotten.")
    if action == "take":
        return _take(visit)
    return _print(visit) if action == "print" else _render(visit, 400, "Nothing was chosen.")


def _take(visit: Visit) -> Response:
    files = visit.uploaded("file")
    if not files:
        return _render(visit, 400, "No file was chosen.")
    try:
        found = read_cohort(files[0].content, knowledge().instrument)
    except CohortFileError as error:
        return _render(visit, 400, f"{error.message}. {error.hint}")
    engine = visit.console.engine
    keep_handed(engine, files[0].content, by=visit.name, address=visit.address, at=now(visit))
    return visit.go("/assess/cohort", "good", f"Taken: a cohort of {plural(found.hospitals, 'hospital')}.")


def download(visit: Visit) -> Response:
    """What was printed here, for the hospitals that contributed."""
    console = visit.console
    limits = limits_of(console.configuration().assessment)
    content = write_cohort(console.last_printed.cohort(console.engine, knowledge(), limits), knowledge().instrument)
    headers = {"content-disposition": 'attachment; filename="leadglass-cohort.json"'}
    return Response(content, media_type="application/json", headers=headers)


def _print(visit: Visit) -> Response:
    """Print what may be printed, for good."""
    console = visit.console
    limits = limits_of(console.configuration().assessment)
    done = print_cohort(console.engine, knowledge(), limits, by=visit.name, address=visit.address, at=now(visit))
    if not done.rows:
        return visit.go("/assess/cohort", "warn", "Nothing new may be printed; what was printed stays.")
    rows, items = plural(done.rows, "row"), plural(done.items, "question")
    return visit.go("/assess/cohort", "good", f"Printed: {rows} of {items}, from {plural(done.hospitals, 'hospital')}.")


def show_question(visit: Visit) -> Response:
    """One question: all hospitals, and by beds and examinations."""
    known, cohort, zone = knowledge(), cohort_of(visit), visit.console.zone
    question = known.instrument.by_id.get(visit.request.path_params["question"])
    if question is None:
        return visit.render("not_found.html", 404)
    item = cohort.items[question.id]
    codes = own_codes(visit.console.engine, known)
    row = next(
        one for one in beside_others(visit.console.engine, known, cohort, now(visit)) if one.question == question.id
    )
    lines = [line(question, "Cohort", item.total, zone)]
    if row.published:
        lines.append(published_line(question, row.published.tally))
    drawn, columns = _bars(question, row), headings(question)
    return visit.render(
        "assess_cohort_question.html",
        question=question,
        ours=ours_in_words(question, row.ours),
        lines=lines,
        columns=columns,
        swatches={column: swatch(list(columns), column) for column in columns},
        picture=bars(drawn, row.ours, _said(question.text, ours_in_words(question, row.ours), len(drawn)))
        if drawn
        else "",
        figures=figures(question, row),
        notes=[one.note for one in row.figures]
        + ([row.published.note] if row.published and row.published.note else []),
        published=known.published,
        bands=bands(known.instrument, question, item, codes, zone),
        limits=cohort.limits,
    )


def _bars(question: Question, row: Beside) -> list[Bar]:
    found = []
    if row.cohort is not None:
        found.append(Bar(f"Cohort, n {row.cohort_n}", full(question, row.cohort)))
    if row.published is not None:
        found.append(Bar(f"2007, n {row.published.n}", full(question, row.published.tally)))
    return found


def _said(text: str, ours: str, how_many: int) -> str:
    here = f"This hospital: {ours}." if ours else "This hospital has no answer."
    return f"{text} {plural(how_many, 'bar')} of shares of hospitals. {here} The table below says the same."


PAGES = (
    Page("/assess/cohort", "assessment", get=show, post=change, post_permission="decide", uploads=UPLOADS),
    Page("/assess/cohort/leadglass-cohort.json", "decide", get=download),
    Page("/assess/cohort/{question}", "assessment", get=show_question),
)
