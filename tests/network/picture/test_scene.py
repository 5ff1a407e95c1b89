"""What the picture shows: every role in its place, what stands there, and each gap on a line of the table."""

from __future__ import annotations

from tests.network.picture.seen import classes, demonstration, made

from leadglass.config.network import MODELS, load_model
from leadglass.network.gaps import gaps
from leadglass.network.picture.places import HIGH, Grid
from leadglass.network.picture.scene import MAX_LINES, scene
from leadglass.network.picture.selection import Selection, select
from leadglass.network.picture.standing import homes, machines_by_zone


def test_roles_have_the_same_place_in_every_hospital_of_a_model() -> None:
    comparison, found = demonstration()
    here = {box.place.role.id: (box.place.x, box.place.y) for box in scene(comparison, found).boxes}
    for other in (made(1, 0, ()), made(300, 500)):
        assert {box.place.role.id: (box.place.x, box.place.y) for box in scene(other, ()).boxes} == here


def test_no_place_lies_on_another_and_each_role_has_one() -> None:
    for name in MODELS:
        model = load_model(name)
        places = list(Grid(model).places.values())
        assert {place.role.id for place in places} == {role.id for role in model.roles} | {"none"}
        for index, one in enumerate(places):
            for other in places[index + 1 :]:
                apart = one.right <= other.x or other.right <= one.x
                assert apart or one.y + HIGH <= other.y or other.y + HIGH <= one.y, (one, other)


def test_roles_that_the_hospital_lacks_are_ghosts_and_nothing_else_is() -> None:
    comparison, found = demonstration()
    boxes = {box.place.role.id: box for box in scene(comparison, found).boxes}
    assert all(boxes[name].ghost for name in ("dmz", "service-gateway", "vna", "edge-detection", "inner-firewall"))
    assert not any(boxes[name].ghost for name in ("pacs", "modality", "workstation", "internet", "pacs-firewall"))


def test_a_zone_of_several_roles_stands_once_and_is_named_at_its_other_places() -> None:
    comparison, found = demonstration()
    at = {
        (box.place.role.id, row.also)
        for box in scene(comparison, found).boxes
        for row in box.rows
        if (row.sort, row.name) == ("zone", "radiology")
    }
    assert at == {("modality", False), ("workstation", True)}


def test_filters_stand_where_they_keep_roles_apart_and_vendors_ways_at_the_second_gateway() -> None:
    comparison, found = demonstration()
    boxes = {box.place.role.id: {row.name for row in box.rows} for box in scene(comparison, found).boxes}
    assert boxes["outer-firewall"] == {"edge-firewall"}
    assert boxes["core-router"] == boxes["ris-firewall"] == {"core-firewall"}
    assert boxes["second-gateway"] == {"ct-vendor-desktop", "mr-vendor-box", "us-vendor-modem"}
    assert "physicians" in boxes["remote-user"]


def test_every_machine_is_counted_in_one_zone() -> None:
    comparison, found = demonstration()
    counted = machines_by_zone(comparison)
    assert sum(counted.values()) == len(comparison.hospital.machines)
    assert counted["servers"] == 3
    assert sum(box.machines for box in scene(comparison, found).boxes) == len(comparison.hospital.machines)


def test_every_gap_is_on_exactly_one_line_and_the_worst_line_comes_first() -> None:
    comparison, found = demonstration()
    seen = scene(comparison, found)
    assert sum(line.count for line in seen.lines) == len(found) == seen.gaps
    assert [line.severity.rank for line in seen.lines] == sorted(
        (line.severity.rank for line in seen.lines), reverse=True
    )
    assert all(sum(count for _, count in line.kinds) == line.count for line in seen.lines)
    assert len(seen.drawn) == min(MAX_LINES, len(seen.lines))


def test_a_line_carries_its_worst_gap_and_not_its_most_frequent() -> None:
    comparison, found = demonstration()
    at = homes(comparison)
    for line in scene(comparison, found).lines:
        ends = {line.source.role.id, line.destination.role.id}
        here = [gap for gap in found if {at[gap.cell.source], at[gap.cell.destination]} == ends]
        assert line.severity is max((gap.severity for gap in here), key=lambda one: one.rank)


def test_a_selection_leaves_what_was_asked_for_and_only_that() -> None:
    comparison, found = demonstration()
    at = homes(comparison)
    asked = select(found, Selection(kind="needless-opening", zone="ris", severity="high"), at)
    assert asked
    assert asked == tuple(
        gap
        for gap in found
        if gap.kind == "needless-opening" and "ris" in gap.pair and gap.severity.value in {"high", "critical"}
    )
    between = select(found, Selection(between=("pacs", "clinical")), at)
    assert between == select(found, Selection(between=("clinical", "pacs")), at)
    assert {frozenset(at[zone] for zone in gap.pair) for gap in between} == {frozenset({"pacs", "clinical"})}
    assert select(found, Selection(), at) == found
    assert select(found, Selection(service="nothing"), at) == ()


def test_many_zones_of_one_role_are_all_there_with_their_machines() -> None:
    comparison = made(300, 500, ("modality",))
    found = gaps(comparison, classes(), witnesses=False)
    box = next(box for box in scene(comparison, found).boxes if box.place.role.id == "modality")
    assert (len(box.rows), box.machines) == (300, 500)


def test_zones_without_a_role_have_a_place_of_their_own() -> None:
    boxes = {box.place.role.id: box for box in scene(made(2, 1, ()), ()).boxes}
    assert {row.name for row in boxes["none"].rows} == {"z0", "z1"}
