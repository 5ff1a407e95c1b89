"""A hospital that answered, filed and contradicted something, for the tests of the assessment's pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.knowledge import knowledge
from leadglass.store.appstate.findings import file_document
from leadglass.store.appstate.survey import numbers, record_answer

HOSTILE = '<img src=x onerror="alert(1)">\u202ecod'
NOW = datetime.now(UTC)


def answer(engine: Engine, question: str, value: str | int, note: str = "", by: str = "b.jansen") -> None:
    """Somebody answers a question."""
    basis = numbers(engine).get(question, 0)
    instrument = knowledge().instrument
    record_answer(engine, instrument, question, value, by=by, address="", at=NOW, note=note, basis=basis)


def filed(engine: Engine, control: str, bearing: Bearing, title: str = "Network drawing v7", days: int = 3) -> Evidence:
    """Somebody files a document."""
    found = knowledge().catalogue.control(control)
    assert found is not None, control
    assert found.ground(Kind.DOCUMENT) is not None, control
    seen = NOW - timedelta(days=days)
    evidence = Evidence("", control, Kind.DOCUMENT, bearing, title, f"{title}, page 2", seen)
    return file_document(engine, evidence, "c.bakker", "")


def contradicted(engine: Engine, title: str = "Network drawing v7") -> Evidence:
    """They say that a firewall isolates the RIS, and a drawing shows that none does."""
    answer(engine, "firewall-ris", "yes", note="since 2019")
    return filed(engine, "fw-ris", Bearing.REFUTES, title)


def text_of(html: str) -> str:
    """What a page says, without its tags, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
