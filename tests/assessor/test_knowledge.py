"""What is known before anybody answers."""

from __future__ import annotations

from leadglass.assessor.knowledge import knowledge


def test_it_is_loaded_once_and_belongs_together() -> None:
    found = knowledge()
    assert found is knowledge()
    controls = {control.id for control in found.catalogue.controls}
    assert {name for question in found.instrument.questions for name in question.bears} == controls
    assert {item.question for item in found.published.items} <= set(found.instrument.by_id)
