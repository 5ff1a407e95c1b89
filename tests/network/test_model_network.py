"""The model networks that ship, and what a hospital's own may get wrong."""

from __future__ import annotations

import msgspec
import pytest

from leadglass.config.catalogue import load_catalogue
from leadglass.config.network_models import MODELS, load_model
from leadglass.network import model_file, model_network
from leadglass.network.address import IPV4, network
from leadglass.network.headers import Packet
from leadglass.network.model_network import ModelNetwork, Role
from leadglass.network.permitted import Expectation
from leadglass.network.service import Service

CONTROLS = frozenset(one.id for one in load_catalogue().controls)
MODEL = load_model("2026")


@pytest.mark.parametrize("name", MODELS)
def test_what_ships_is_sound(name: str) -> None:
    model = load_model(name)
    assert model_network.faults(model, CONTROLS) == []
    assert 25 <= len(model.services) <= 60
    assert {"internet", "unassociated"} <= {role.id for role in model.roles}


@pytest.mark.parametrize("name", MODELS)
def test_the_letters_of_the_article_are_there_and_all_but_the_dmz_are_called_our_reading(name: str) -> None:
    letters = {role.letter: role for role in load_model(name).roles if role.letter}
    assert set(letters) == set("DFMNOPHVYZE")
    assert [letter for letter, role in letters.items() if not role.inferred] == ["E"]


@pytest.mark.parametrize("name", MODELS)
def test_associations_that_the_answering_side_begins_are_listed_where_the_first_one_is_required(name: str) -> None:
    model = load_model(name)
    for source, destination in (("pacs", "modality"), ("pacs", "workstation"), ("archive", "pacs")):
        (flow,) = model.flow((source,), (destination,), "dicom")
        assert flow.reverse
        assert flow.expectation is Expectation.REQUIRED


def test_the_roles_of_today_are_there() -> None:
    asked = "modality workstation archive vna ris his viewer dicomweb cloud management backup identity service-gateway"
    assert set(asked.split()) <= {role.id for role in MODEL.roles}


def test_links_between_imaging_systems_owe_encryption_and_proof_of_both_ends() -> None:
    for flow in MODEL.flows:
        if flow.service in {"dicom", "hl7"} and {flow.source, flow.destination} <= {
            "modality",
            "pacs",
            "ris",
            "archive",
        }:
            assert {"encrypted", "authenticated"} <= set(flow.obligations), flow


def test_no_flow_leads_from_the_internet_to_imaging_but_through_the_gateway() -> None:
    outside = {role.id for role in MODEL.roles if role.outside}
    for flow in MODEL.flows:
        if flow.source in outside and flow.destination not in {"dmz", "service-gateway", *outside}:
            assert "through-gateway" in flow.obligations, flow


def test_the_vna_is_reached_mainly_from_the_pacs() -> None:
    required = {flow.source for flow in MODEL.flows if flow.destination == "vna" and flow.expectation == "required"}
    assert required == {"pacs"}


def test_an_obligation_names_the_control_of_the_flow_then_of_the_service_then_of_the_model() -> None:
    (dicom,) = MODEL.flow(("modality",), ("pacs",), "dicom")
    (hl7,) = MODEL.flow(("ris",), ("pacs",), "hl7")
    (portal,) = MODEL.flow(("internet",), ("dmz",), "https")
    assert MODEL.evidencing(dicom, "encrypted") == "exch-dicom-tls"
    assert MODEL.evidencing(hl7, "encrypted") == "exch-hl7-tls"
    assert MODEL.evidencing(portal, "authenticated") == "vpn-multi-factor"


def changed(**values: object) -> ModelNetwork:
    return msgspec.structs.replace(MODEL, **values)


ROLE = Role(id="labs", title="Laboratory", column=29, row=29)
SERVICE = Service(id="new", title="New", protocols=("tcp",), ports=("60000",))
FLOW = MODEL.flows[0]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (changed(roles=(*MODEL.roles, MODEL.roles[0])), "role 'internet' stands twice"),
        (changed(roles=(*MODEL.roles, msgspec.structs.replace(ROLE, column=0, row=2))), "two roles stand in one place"),
        (changed(roles=(*MODEL.roles, msgspec.structs.replace(ROLE, control="no-such"))), "no control 'no-such'"),
        (changed(services=(*MODEL.services, msgspec.structs.replace(SERVICE, ports=("104",)))), "share ports"),
        (changed(services=(*MODEL.services, msgspec.structs.replace(SERVICE, ports=("9-1",)))), "'9-1' are no ports"),
        (
            changed(services=(*MODEL.services, msgspec.structs.replace(SERVICE, protocols=("tcq",)))),
            "no protocol 'tcq'",
        ),
        (changed(flows=(*MODEL.flows, FLOW)), "stands twice"),
        (changed(flows=(msgspec.structs.replace(FLOW, source="labs"),)), "no role 'labs'"),
        (changed(flows=(msgspec.structs.replace(FLOW, source="core-router"),)), "is a filter between zones"),
        (changed(flows=(msgspec.structs.replace(FLOW, service="dico"),)), "no service 'dico'"),
        (changed(flows=(msgspec.structs.replace(FLOW, expectation=Expectation.FORBIDDEN),)), "forbidden already"),
        (changed(obligations={}), "no control for the obligation 'logged'"),
    ],
)
def test_a_model_that_contradicts_itself_is_told(model: ModelNetwork, told: str) -> None:
    assert any(told in fault for fault in model_network.faults(model, CONTROLS))


def test_ports_bind_only_the_protocols_that_have_them() -> None:
    ipsec = MODEL.service("ipsec")
    assert ipsec is not None
    boxes = ipsec.between(IPV4, IPV4)
    assert any(box.has(Packet(1, 2, 17, 500, 500)) for box in boxes)
    assert not any(box.has(Packet(1, 2, 17, 500, 501)) for box in boxes)
    assert any(box.has(Packet(1, 2, 50, 9, 7)) for box in boxes)


def test_each_port_of_a_service_serves_by_itself_unless_all_are_needed() -> None:
    ends = (network("10.0.0.1"), network("10.0.0.2"))
    assert len(msgspec.structs.replace(SERVICE, ports=("1", "2")).ways(*ends)) == 2
    assert len(msgspec.structs.replace(SERVICE, ports=("1", "2"), whole=True).ways(*ends)) == 1


def test_a_group_is_spelled_out_without_pairing_a_role_with_itself() -> None:
    roles = (ROLE, msgspec.structs.replace(ROLE, id="morgue", row=28))
    row = {"from": ["both"], "to": ["both"], "services": ["new"], "expectation": "allowed", "why": "For the test."}
    file = msgspec.convert(
        {
            "format": "leadglass-model-1", "id": "own", "title": "Own", "year": 2026, "separation": "vlan-zones",
            "correctness": "topo-map", "upkeep": "fw-maintenance", "groups": {"both": ["labs", "morgue"]},
            "roles": [msgspec.to_builtins(role) for role in roles], "services": [msgspec.to_builtins(SERVICE)],
            "flows": [row],
        },
        model_file.ModelFile,
    )  # fmt: skip
    assert model_file.faults(file) == []
    flows = model_file.spelled_out(file).flows
    assert {(flow.source, flow.destination) for flow in flows} == {("labs", "morgue"), ("morgue", "labs")}
