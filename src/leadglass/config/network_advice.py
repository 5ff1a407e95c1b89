"""Reads what ships for advice on networks: the table of VPNs. Never a hospital's own file."""

from __future__ import annotations

from importlib import resources

from leadglass.config.toml_record import document, record, text_of
from leadglass.errors import ConfigurationError, Place
from leadglass.network.advise import vpn

MAX_DATA = 262_144  # bytes of the file

_INSTALL = "these files belong to the installation: install it again"


def load_vpn_table() -> vpn.Table:
    """Which VPN for whom.

    Raises:
        ConfigurationError: the installation is damaged.
    """
    file = resources.files("leadglass.network.advise") / "vpn.toml"
    text = text_of(file, MAX_DATA, _INSTALL)
    found = record(document(text, str(file)), vpn.Table, text, str(file))
    faults = "; ".join(vpn.faults(found))
    if faults:
        raise ConfigurationError(faults, _INSTALL, Place(str(file)))
    return found
