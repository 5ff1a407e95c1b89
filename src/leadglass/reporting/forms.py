"""The forms a report comes in, as a list: how each ends, what it is for, who writes it. Writes none itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadglass.assess import report_csv, report_json, report_markdown, report_oscal
from leadglass.assess.report import Report
from leadglass.reporting import html, pdf


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        ending: of its file's name. name, use: for people. media: its type.
        write: the report in this form; the same report gives the same bytes.
    """

    ending: str
    name: str
    use: str
    media: str
    write: Callable[[Report], bytes]


FORMS = (
    Form("pdf", "PDF", "to hand out and to keep", "application/pdf", pdf.pdf),
    Form("html", "HTML", "to read and to print, one file", "text/html; charset=utf-8", html.document),
    Form("md", "Markdown", "to paste into other documents", "text/markdown; charset=utf-8", report_markdown.write),
    Form("csv", "CSV", "one line a measure, for a spreadsheet", "text/csv; charset=utf-8", report_csv.write),
    Form("json", "JSON", "all of it, for programs", "application/json", report_json.write),
    Form("oscal.json", "OSCAL", "assessment results, for GRC tools", "application/json", report_oscal.write),
)


def form(ending: str) -> Form | None:
    """The form of an ending; None where there is none."""
    return next((one for one in FORMS if one.ending == ending), None)
