"""Reports of a real gateway's assessment: made, kept, read again, and compared with the one before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.assessor.place import DAY, SECURE, Place, closed

from leadglass.assess import report_json
from leadglass.assess.beside import beside
from leadglass.assess.cohort import coded
from leadglass.assess.evidence import Outcome, Settlement
from leadglass.assess.report import Report
from leadglass.assess.report_json import ReportError
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.reports import draft, keep, kept
from leadglass.reporting.forms import FORMS, form
from leadglass.reporting.reading import read
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.findings import settle
from leadglass.store.appstate.reports import keep_report, last_report, reports

ENCRYPTED = "exch-dicom-tls"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def drawn(place: Place, zone: ZoneInfo = AMSTERDAM) -> Report:
    known, assessment = knowledge(), place.assessed()
    codes = coded(known.instrument, assessment.answers.values())
    others = beside(known.instrument, known.published, codes, None, assessment.at)
    return draft(place.engine, known, assessment, others, zone, by="a.visser")


def contradicted(place: Place) -> None:
    """They say that all is encrypted, and a device came in the clear."""
    place.configured(SECURE)
    place.answered(dicom_encrypted="yes", beds="unknown")
    place.happened(closed(7))


def test_the_gateways_contradiction_is_on_the_first_page_with_its_evidence(place: Place) -> None:
    contradicted(place)
    report = drawn(place)
    assert report.contradictions == (ENCRYPTED,)
    (first,) = read(report).conflicts_first
    words = [line.words for line in first.lines]
    assert any(text.startswith("Answered, for it:") and "ann" in text for text in words), words
    (seen,) = [line for line in first.lines if line.words.startswith("Seen in traffic, against it:")]
    assert "10.0.0.7" in seen.words
    assert seen.link.startswith("/association?key=w0-1-7&")


def test_what_is_kept_is_read_again_as_it_was_made(place: Place) -> None:
    contradicted(place)
    report = drawn(place)
    made = keep(place.engine, report, by="a.visser", address="local")
    assert kept(place.engine, made.id) == report
    assert (made.by, made.at) == ("a.visser", report.at)
    assert last_report(place.engine) == report_json.write(report)


@pytest.mark.parametrize("form", FORMS, ids=lambda one: one.ending)
def test_a_kept_report_has_the_same_bytes_in_every_form(place: Place, form: object) -> None:
    contradicted(place)
    report = drawn(place)
    again = kept(place.engine, keep(place.engine, report, by="a.visser", address="").id)
    write = next(one.write for one in FORMS if one is form)
    assert write(report) == write(again)


def test_the_next_report_says_what_moved_since(place: Place) -> None:
    contradicted(place)
    first = drawn(place)
    assert first.change is None
    keep(place.engine, first, by="a.visser", address="")
    (seen,) = [one.id for one in first.by_control[ENCRYPTED].refuting if one.id.startswith("gateway:")][:1]
    settle(place.engine, Settlement(seen, Outcome.ACCEPTED, "ann", place.at, "it is so"), "local")
    place.at += DAY
    second = drawn(place)
    assert second.change is not None
    assert second.change.at == first.at
    (moved,) = [one for one in second.change.moved if one.control == ENCRYPTED]
    assert (moved.before.partition(" ")[0], moved.now.partition(" (")[0]) == ("contradicted", "partly")


def test_the_day_is_that_of_the_hospital(place: Place) -> None:
    place.at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert drawn(place).day == date(2026, 11, 25)
    assert drawn(place, ZoneInfo("America/Chicago")).day == date(2026, 11, 24)


def test_a_hospital_that_has_answered_nothing_gets_a_report_that_says_so(place: Place) -> None:
    report = drawn(place)
    sheet = read(report)
    assert report.standing.unknowns > 40
    assert "0 of" in sheet.basis[0]
    for one in FORMS:
        assert one.write(report)


def test_the_same_report_twice_is_kept_once(place: Place) -> None:
    report = drawn(place)
    keep(place.engine, report, by="a.visser", address="")
    keep(place.engine, report, by="a.visser", address="")
    assert len(reports(place.engine)) == 1


def test_a_report_of_another_version_is_refused_in_words(place: Place) -> None:
    made = keep_report(place.engine, b'{"format": "leadglass-report-9"}', place.at, "ann", "")
    with pytest.raises(ReportError) as caught:
        kept(place.engine, made.id)
    assert caught.value.hint
    with pytest.raises(AppStateConflictError):
        kept(place.engine, "4711")


def test_the_forms_have_endings_of_their_own() -> None:
    assert len({one.ending for one in FORMS}) == len(FORMS)
    assert form("exe") is None
    assert form("") is None
