"""FortiOS: a FortiGate's configuration, as its backup or ``show`` writes it. A device for each VDOM, or one for all."""

from __future__ import annotations

from leadglass.network.device import Device
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.importers.fortios import device, tree, vdoms
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.version import other_product, recognises, version
from leadglass.network.masking import mask

__all__ = ["read", "read_all", "recognises"]


def read(text: str, file: str, name: str) -> Device:
    """The whole box as one device, its VDOMs as routing instances.

    Args:
        text: the configuration.
        file: its name, for places.
        name: of the device.

    Raises:
        ConfigurationUnreadable: it is no FortiOS configuration, is cut off, or has a hole in its skeleton.
    """
    parts, found = _parts(text, file, name)
    return device.joined(parts, found, name)


def read_all(text: str, file: str, name: str) -> tuple[Device, ...]:
    """A device for each VDOM, called ``name/vdom``; one where the box has none. Raises like `read`."""
    return _parts(text, file, name)[0]


def _parts(text: str, file: str, name: str) -> tuple[tuple[Device, ...], tuple[vdoms.Vdom, ...]]:
    text = bounded(text, file)
    if not recognises(text):
        begun = next((number for number, line in enumerate(text.split("\n"), 1) if line.strip()), 1)
        raise ConfigurationUnreadable(
            "no FortiOS configuration: no table of one begins in it", "hand in a backup of the FortiGate", file, begun
        )
    product = other_product(text)
    if product:
        raise ConfigurationUnreadable(
            f"the configuration of a {product}, which is no FortiGate", "hand in a backup of the FortiGate", file, 1
        )
    found = vdoms.split(tree.read(tuple(text.split("\n")), file))
    lines = tuple(mask(text, "fortios").split("\n"))
    known = version(text)
    parts = tuple(
        device.device(one, known, f"{name}/{one.name}" if one.name else name, Notes(file, lines)) for one in found
    )
    if not any(one.interfaces for one in parts):
        raise ConfigurationUnreadable(
            "it has no interface, so nobody can say what passes between which networks",
            "hand in the whole backup, not only its policies",
            file,
            1,
        )
    return parts, found
