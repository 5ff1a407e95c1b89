"""Contributions: this hospital's own, previewed exactly as it would be given; and those of others, taken in from files.

Never sends anything anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.responses import Response

from leadglass.assess.contribution import MAX_FILE, read
from leadglass.assessor.cohort import own_contribution
from leadglass.assessor.knowledge import knowledge
from leadglass.console.form import Uploads
from leadglass.console.page import Page, Visit
from leadglass.console.pages.assess_cohort import now
from leadglass.errors import LeadglassError
from leadglass.store.appstate.cohort import cohort_size, receive

FILES = 200  # at one time
UPLOADS = Uploads(8 * 1024 * 1024, FILES)  # a contribution has about 4 KiB
OWN = "this hospital's own answers"
_TOLD = {
    "new": ("good", "new"),
    "replaced": ("good", "replaced the older one of the same hospital"),
    "same": ("info", "the same as before: nothing changed"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: its name, a tone, words, and what to do about a fault."""

    name: str
    tone: str
    words: str
    hint: str = ""


def show(visit: Visit) -> Response:
    """The preview, and the form."""
    return _render(visit)


def download(visit: Visit) -> Response:
    """The file as it was previewed."""
    content = own_contribution(visit.console.engine, knowledge())
    headers = {"content-disposition": 'attachment; filename="leadglass-contribution.json"'}
    return Response(content, media_type="application/json", headers=headers)


def take(visit: Visit) -> Response:
    """Takes files into the cohort, or this hospital's own answers; says of each what became of it."""
    if visit.field("action") == "own":
        taken = [_take(visit, OWN, own_contribution(visit.console.engine, knowledge()))]
    else:
        taken = [_take(visit, one.name, one.content) for one in visit.uploaded("files")]
    if not taken:
        return _render(visit, 400, fault="No file was chosen.")
    return _render(visit, 400 if any(one.tone == "bad" for one in taken) else 200, taken)


def _take(visit: Visit, name: str, content: bytes) -> Taken:
    try:
        one = read(content, knowledge().instrument)
        done = receive(visit.console.engine, one, by=visit.name, address=visit.address, at=now(visit))
    except LeadglassError as error:
        return Taken(name, "bad", f"not taken: {error.message}", error.hint)
    return Taken(name, *_TOLD[done])


def _render(visit: Visit, status: int = 200, taken: list[Taken] | None = None, fault: str = "") -> Response:
    content = own_contribution(visit.console.engine, knowledge())
    # Ours, and of letters, digits and hyphens alone; its lines are to be seen as lines.
    return visit.render(
        "assess_contribute.html",
        status,
        file=Markup(escape(content.decode())),  # noqa: S704 (escaped)
        size=len(content),
        largest=MAX_FILE,
        most=FILES,
        together=UPLOADS.bytes,
        hospitals=cohort_size(visit.console.engine),
        taken=taken or [],
        fault=fault,
        may=visit.may("decide"),
    )


PAGES = (
    Page("/assess/contribute", "assessment", get=show, post=take, post_permission="decide", uploads=UPLOADS),
    Page("/assess/contribute/leadglass-contribution.json", "decide", get=download),
)
