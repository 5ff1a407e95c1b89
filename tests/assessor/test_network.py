"""The network's verdicts feed the controls: an answer it contradicts is shown as one, and silence is no evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec
import pytest
from tests.assessor.place import NOW, Place

from leadglass.assess.control import Kind
from leadglass.assess.question import Bearing
from leadglass.assess.risk import proposals
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement
from leadglass.assessor.current import Assessment, assess_now
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.network import Compared, compare_network, told
from leadglass.assessor.network_noted import NetworkNoted, noted
from leadglass.demo import network as demo
from leadglass.network.outcome import BundleTold, RuledTold
from leadglass.store.appstate.network import Text, keep_outcome, latest, network_files, network_texts, save_network


def compared(place: Place, at: datetime = NOW, *, shown: bool = True) -> Compared:
    """The demonstration hospital's network is described and compared."""
    demo.describe(place.engine, at)
    files, texts = network_texts(place.engine)
    made = compare_network(files, texts, frozenset(), lambda _what, _done, _of: None)
    if shown:
        keep_outcome(place.engine, made.fingerprint, told(made), at)
    return made


def assessed(place: Place) -> Assessment:
    gathered = (*place.noted(), *NetworkNoted().now(place.engine))
    return assess_now(place.engine, knowledge(), "St. Elsewhere", place.at, gathered)


def judged(place: Place, control: str) -> Judgement:
    return next(one for one in assessed(place).judgements if one.control == control)


def test_an_answer_that_the_network_contradicts_is_a_contradiction(place: Place) -> None:
    compared(place)
    place.answered(firewall_ris="yes")
    found = judged(place, "fw-ris")
    assert found.verdict is Verdict.CONTRADICTED
    record = next(one for one in found.refuting if one.kind is Kind.CONFIGURATION)
    assert record.seen == NOW
    assert {"zone ris", "zone servers"} <= record.scope
    assessment = assessed(place)
    assert assessment.links[record.id] == "/network/controls#fw-ris"
    assert "Nothing filters between RIS" in assessment.words[record.id]


def test_what_is_not_met_is_so_without_any_answer_and_is_proposed_for_the_register(place: Place) -> None:
    compared(place)
    for control in ("fw-ris", "fw-pacs", "gw-single", "mon-snmp", "topo-not-exposed"):
        assert judged(place, control).verdict is Verdict.NOT_MET, control
    proposed = {risk.control for risk in proposals(knowledge().catalogue, assessed(place).judgements, ())}
    assert {"fw-ris", "fw-pacs", "gw-single", "mon-snmp"} <= proposed


def test_what_is_not_covered_says_nothing(place: Place) -> None:
    made = compared(place)
    open_ = {one.control for one in made.ruled if one.verdict.value == "not covered"}
    said = {one.control for one in made.ruled if one.verdict.value != "not covered"}
    noted_controls = {one.evidence.control for one in NetworkNoted().now(place.engine)}
    assert open_ - said
    assert not (open_ - said) & noted_controls


def test_before_a_comparison_and_after_a_change_of_files_nothing_counts(place: Place) -> None:
    compared(place, shown=False)
    assert NetworkNoted().now(place.engine) == ()
    compared(place)
    known = NetworkNoted()
    assert known.now(place.engine)
    files = network_files(place.engine)
    text = Text("core-firewall.json", "nftables", "{}")
    save_network(place.engine, [text], basis=latest(files), by="a", address="", at=NOW)
    assert known.now(place.engine) == ()


def told_by(
    rules: tuple[RuledTold, ...], bundles: tuple[BundleTold, ...], place: Place
) -> dict[str, tuple[Kind, Bearing]]:
    outcome = compared(place).outcome
    content = msgspec.json.encode(msgspec.structs.replace(outcome, rules=rules, bundles=bundles))
    found = noted(content, network_files(place.engine), "f" * 64, knowledge().catalogue)
    return {one.evidence.control: (one.evidence.kind, one.evidence.bearing) for one in found}


@pytest.mark.parametrize(
    ("control", "basis", "verdict", "wanted"),
    [
        ("fw-ris", "configured", "met", (Kind.CONFIGURATION, Bearing.CONFIRMS)),
        ("fw-ris", "claimed", "met", (Kind.DOCUMENT, Bearing.CONFIRMS)),
        ("mon-snmp", "claimed", "met", None),  # the control takes no document: a description proves no configuration
        ("fw-ris", "configured", "partly", (Kind.CONFIGURATION, Bearing.PARTLY)),
        ("fw-ris", "configured", "not covered", None),
        ("no-such-control", "configured", "met", None),
    ],
)
def test_a_description_never_counts_as_a_configuration(
    place: Place, control: str, basis: str, verdict: str, wanted: tuple[Kind, Bearing] | None
) -> None:
    rule = RuledTold("isolation-ris", control, verdict, basis, ("because",), ())
    assert told_by((rule,), (), place).get(control) == wanted


def test_use_that_was_seen_is_traffic_and_an_opening_without_a_rule_is_configuration(place: Place) -> None:
    ends = ("a", "b", "A", "B")
    used = BundleTold("a--b--used", "violation-in-use", "Violation in use", "high", *ends, "DICOM", 1, ("fw-ris",))
    opening = replace_kind(used, "needless-opening", ("fw-his",))
    mild = replace_kind(used, "needless-opening", ("fw-pacs",), "low")
    unsure = replace_kind(used, "cannot-tell", ("topo-map",))
    found = told_by((), (used, opening, mild, unsure), place)
    assert found == {
        "fw-ris": (Kind.TRAFFIC, Bearing.REFUTES),
        "fw-his": (Kind.CONFIGURATION, Bearing.REFUTES),
    }


def replace_kind(one: BundleTold, kind: str, controls: tuple[str, ...], severity: str = "high") -> BundleTold:
    return msgspec.structs.replace(
        one, id=f"a--b--{kind}-{controls[0]}", kind=kind, controls=controls, severity=severity
    )


def test_evidence_is_as_old_as_the_configuration_that_was_handed_in_first(place: Place) -> None:
    made = compared(place)
    files = [replace(one, at=NOW.replace(year=2025)) if one.name == "core-firewall.json" else one for one in made.files]
    found = noted(told(made), files, made.fingerprint, knowledge().catalogue)
    assert {one.evidence.seen for one in found} == {NOW.replace(year=2025)}
    assert {one.evidence.digest for one in found} == {made.fingerprint}
