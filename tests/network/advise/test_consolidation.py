"""From many gateways to one: who goes in which order, and how many audit trails that saves."""

from __future__ import annotations

from tests.network.generate.site import CT, PACS, hospital

from leadglass.network.advise.consolidation import consolidation
from leadglass.network.hospital import Machine, ServiceGateway

MACHINES = (
    Machine(name="ct1", role="modality", addresses=(CT,)),
    Machine(name="archive", role="pacs", addresses=(PACS,)),
)
MODEM = ServiceGateway(name="old", managed_by="CT vendor", way="dial-up modem", serves=("ct1",))
BOX = ServiceGateway(name="box", managed_by="PACS vendor", way="outbound tunnel", serves=("pacs",))
OWN = ServiceGateway(name="own", managed_by="hospital", way="vpn")


def test_every_vendors_gateway_goes_and_its_machines_trails_with_it() -> None:
    plan = consolidation(hospital(MACHINES, gateways=(BOX, OWN, MODEM)))
    assert plan.kept == OWN
    assert [one.gateway.name for one in plan.leaving] == ["old", "box"]
    assert [one.machines for one in plan.leaving] == [("ct1",), ("archive",)]
    assert (plan.before, plan.after, plan.saved) == (5, 1, 4)
    assert sum(one.audit_points for one in plan.leaving) == plan.saved


def test_without_a_gateway_of_its_own_the_hospital_sets_one_up_first() -> None:
    plan = consolidation(hospital(MACHINES, gateways=(MODEM,)))
    assert plan.kept is None
    assert plan.steps[0].startswith("Set up one gateway")


def test_a_hospital_with_one_gateway_has_nothing_to_do() -> None:
    plan = consolidation(hospital(MACHINES, gateways=(OWN,)))
    assert (plan.leaving, plan.steps, plan.saved) == ((), (), 0)
