"""The report as HTML: a part for the console's page, and a file that holds all it needs. Never a script or link out.

Jinja escapes every text; what goes into the style sheet (the running header) is written by the numbers of its letters.
"""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leadglass.assess.report import Report
from leadglass.reporting.reading import read
from leadglass.reporting.sheet import Sheet, Text

MAX_RUNNING = 80  # characters in a page's margin


def _values(one: Text, *names: str) -> list[object]:
    return [getattr(one, name) for name in names]


_environment = Environment(
    loader=PackageLoader("leadglass.reporting"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["values"] = _values
_environment.globals["svg"] = Markup  # pictures escape their own texts (`reporting.pictures`)


def body(report: Report) -> Markup:
    """The report for a page of the console: classes only, paths of the console are links."""
    html = _environment.get_template("report_body.html").render(**_given(read(report)), linked=True)
    return Markup(html)  # noqa: S704 (the template escaped it)


def document(report: Report) -> bytes:
    """The report as a file for reading and printing; the same report gives the same bytes."""
    sheet = read(report)
    style = (resources.files("leadglass.reporting") / "templates" / "report.css").read_text("utf-8")
    running = {name: _string(text) for name, text in _running(sheet).items()}
    html = _environment.get_template("report.html").render(
        **_given(sheet),
        linked=False,
        style=Markup(style),  # noqa: S704 (our own file)
        running=running,
    )
    return html.encode()


def _given(sheet: Sheet) -> dict[str, object]:
    return {"sheet": sheet, "signs": {mark.kind: mark.picture for mark in sheet.marks}}


def _running(sheet: Sheet) -> dict[str, str]:
    return {"facility": sheet.facility, "day": sheet.day, "title": f"{sheet.title}, report {sheet.id}"}


def _string(text: str) -> Markup:
    """A CSS string of a text; each character by its number, so that none can end the string or the style sheet."""
    return Markup('"%s"') % Markup("".join(f"\\{ord(one):06x}" for one in text[:MAX_RUNNING]))  # noqa: S704 (as said)
