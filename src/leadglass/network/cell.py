"""One service from one zone to another: what the model says, what may pass, what was seen. Never what that means."""

from __future__ import annotations

import msgspec

from leadglass.network.headers import Box
from leadglass.network.model_network import Flow
from leadglass.network.observed import Observed
from leadglass.network.permitted import Expectation, Permitted

OTHER = "other"
"""The service of all headers that no service of the model has."""


class Cell(msgspec.Struct, frozen=True, gc=False):  # there may be a million of them, and none holds another
    """One cell of the comparison.

    Attributes:
        flows: of the model that speak of it; none: forbidden because nothing lists it.
        permitted: what the filters say.
        through: name of the gateway whose two legs were asked, empty for direct ways.
        devices: names of the filters on the ways that routes give between the two, whatever they let through.
        example: headers that stand for the answer, real endpoints: of what passes; where something required does not
            pass, of that; None where there is nothing to show.
    """

    source: str
    destination: str
    service: str
    expectation: Expectation
    permitted: Permitted
    observed: Observed
    flows: tuple[Flow, ...] = ()
    through: str = ""
    devices: frozenset[str] = frozenset()
    example: Box | None = None

    @property
    def obligations(self) -> tuple[str, ...]:
        """What must be true of it beside passing."""
        return tuple(dict.fromkeys(one for flow in self.flows for one in flow.obligations))
