"""The survey's answers as files: export, upload, what an upload would change, and taking it. Replaces none unasked."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.assess import interchange
from leadglass.assess.interchange import MAX_FILE, AnswerFileError
from leadglass.assessor.knowledge import knowledge
from leadglass.console.form import Uploads
from leadglass.console.offers import Offer
from leadglass.console.page import Page, Visit
from leadglass.console.survey_form import Fault
from leadglass.console.survey_view import answer_words
from leadglass.console.text import plural
from leadglass.reporting import workbook
from leadglass.reporting.answer_file import is_workbook, read
from leadglass.store.appstate.survey import answer_set
from leadglass.store.appstate.survey_import import Plan, import_answers, plan_import

FILES, IMPORT = "/assess/files", "/assess/files/import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SECOND = 1_000_000_000
_DIGITS = 18  # of a record's number
_GONE = "There is no file to look at: upload it again."


def show(visit: Visit) -> Response:
    """Export and upload."""
    return _show(visit)


def _show(visit: Visit, error: AnswerFileError | None = None, fault: str = "") -> Response:
    return visit.render(
        "assess_files.html",
        400 if error or fault else 200,
        version=knowledge().instrument.version,
        count=len(answer_set(visit.console.engine, knowledge().instrument).answers),
        offer=visit.console.offers.look(visit.session, visit.console.clock()),
        may=visit.may("answer"),
        max_file=MAX_FILE,
        error=error,
        faults=[Fault("file", fault)] if fault else [],
    )


def upload(visit: Visit) -> Response:
    """Read a file, and go on to what it would change."""
    chosen = visit.uploaded("file")
    if not chosen:
        return _show(visit, fault="Choose a file")
    file, at = chosen[0], visit.console.clock()
    try:
        gathered = read(file.content, knowledge().instrument, by=visit.name, at=_moment(at))
    except AnswerFileError as error:
        return _show(visit, error)
    source = "workbook" if is_workbook(file.content) else "file"
    visit.console.offers.put(visit.session, Offer(file.name, source, gathered, at))
    return visit.go(IMPORT)


def preview(visit: Visit) -> Response:
    """What the uploaded file would change."""
    offer = visit.console.offers.look(visit.session, visit.console.clock())
    return _preview(visit, offer) if offer else visit.go(FILES, "warn", _GONE)


def _preview(visit: Visit, offer: Offer, meanwhile: tuple[str, ...] = ()) -> Response:
    instrument, received = knowledge().instrument, offer.gathered.received
    plan = plan_import(visit.console.engine, instrument, received.answers)
    return visit.render(
        "assess_files_import.html",
        409 if meanwhile else 200,
        offer=offer,
        received=received,
        remarks=offer.gathered.remarks,
        plan=plan,
        theirs=received.answers.answers,
        questions=instrument.by_id,
        words=answer_words,
        version=instrument.version,
        idle=not (plan.added or plan.replaced or plan.differing or plan.kept),
        meanwhile=meanwhile,
    )


def take(visit: Visit) -> Response:
    """Take what was chosen from the uploaded file, or with ``action=drop`` nothing."""
    console, instrument = visit.console, knowledge().instrument
    offer = console.offers.look(visit.session, console.clock())
    if visit.field("action") == "drop":
        console.offers.drop(visit.session)
        return visit.go(FILES, "good", "Nothing was taken.")
    if offer is None:
        return visit.go(FILES, "warn", _GONE)
    theirs, seen = offer.gathered.received.answers, _seen(visit)
    chosen = frozenset(
        name for name in seen if visit.field("action") == "all" or visit.field(f"take-{name}") == "theirs"
    )
    before = plan_import(console.engine, instrument, theirs, chosen)
    done = import_answers(
        console.engine, instrument, theirs,
        by=visit.name, address=visit.address, at=_moment(console.clock()),
        take=chosen, seen=seen, source=offer.source,
    )  # fmt: skip
    # Shown were the answers that differed then; what differs beside these was answered since.
    meanwhile = tuple(one.question for one in done.differing if one.question in chosen or one.question not in seen)
    if meanwhile:
        return _preview(visit, offer, meanwhile)
    console.offers.drop(visit.session)
    return visit.go(FILES, "good", _said(before))


def _seen(visit: Visit) -> dict[str, int]:
    """Which records stood beside the file's answers when the choice was made."""
    found = {}
    for field in visit.fields("seen"):
        name, _, digits = field.partition(":")
        if name in knowledge().instrument.by_id and digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS:
            found[name] = int(digits)
    return found


def _said(done: Plan) -> str:
    left = f" {len(done.differing)} of record stay as they were." if done.differing else ""
    return f"{plural(len(done.added), 'answer')} added, {len(done.replaced)} replaced.{left}"


def as_json(visit: Visit) -> Response:
    """The answers of record as JSON."""
    facility = visit.console.configuration().site.name
    answers = answer_set(visit.console.engine, knowledge().instrument)
    return _download(interchange.write(answers, facility), "application/json", "json")


def as_workbook(visit: Visit) -> Response:
    """The answers of record as a workbook."""
    instrument = knowledge().instrument
    answers = answer_set(visit.console.engine, instrument)
    return _download(workbook.write(instrument, answers, visit.console.configuration().site.name), XLSX, "xlsx")


def _download(data: bytes, kind: str, ending: str) -> Response:
    name = f"leadglass-answers-{knowledge().instrument.version}.{ending}"
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def _moment(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // _SECOND, UTC)


PAGES = (
    Page(FILES, "assessment", get=show, post=upload, post_permission="answer", uploads=Uploads(MAX_FILE)),
    Page(IMPORT, "answer", get=preview, post=take),
    Page("/assess/files/answers.json", "assessment", get=as_json),
    Page("/assess/files/answers.xlsx", "assessment", get=as_workbook),
)
