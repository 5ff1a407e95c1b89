"""What the assessment knows before anybody answers: controls, questions, truth table, published results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from leadglass.assess.control import Catalogue
from leadglass.assess.instrument import Instrument
from leadglass.assess.published import Published
from leadglass.assess.truth import TruthTable
from leadglass.config.catalogue import load_catalogue, load_instrument, load_published, load_truth_table


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The assessment's own data, checked against each other."""

    catalogue: Catalogue
    instrument: Instrument
    truth_table: TruthTable
    published: Published


@cache
def knowledge() -> Knowledge:
    """The data that ship with this version.

    Raises:
        ConfigurationError: a file of the installation is missing or damaged.
    """
    catalogue = load_catalogue()
    instrument = load_instrument(catalogue)
    return Knowledge(catalogue, instrument, load_truth_table(), load_published(instrument))
