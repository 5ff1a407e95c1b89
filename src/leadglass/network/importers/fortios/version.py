"""The first line of a FortiOS backup: product and version, and what follows from it. Never the rest of the file.

``#config-version=FGT60F-7.2.5-FW-build1517-230606:opmode=0:vdom=0:user=admin``; older ones write "5.02" for 5.2.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"^#config-version=(?P<model>[A-Za-z0-9_]+)-(?P<major>\d+)\.(?P<minor>\d+)(?:\.(?P<patch>\d+))?")
_OTHERS = re.compile(r"^(?:FWB|FML|FAD|FAZ|FMG|FAC|FPX|FSW|FSA|FCH|FVE|S\d)")
"""What Fortinet's other products call themselves; they write the same syntax and mean something else."""
_BEGINS = re.compile(r"(?m)^[ \t]*config (?:system|firewall|router|vdom|global)\b")

Version = tuple[int, int, int]


def recognises(text: str) -> bool:
    """Whether a text begins as a FortiOS configuration."""
    return text.startswith("#config-version=") or _BEGINS.search(text) is not None


def version(text: str) -> Version | None:
    """The version; None where the file does not tell."""
    found = _HEADER.match(text)
    return (int(found["major"]), int(found["minor"]), int(found["patch"] or 0)) if found else None


def other_product(text: str) -> str:
    """The model of another product of the vendor; empty: it is none."""
    found = _HEADER.match(text)
    return found["model"] if found and _OTHERS.match(found["model"]) else ""


def matches_vip(known: Version | None) -> bool | None:
    """Whether a denying policy without ``match-vip`` matches what a virtual IP translated; None: not known.

    Fortinet, Technical Tip "DENY policy for Virtual IP firewall policy": off by default until 7.2.3, on from then
    on; the vendor's texts disagree over 7.2.3 itself.
    """
    if known is None or known == (7, 2, 3):
        return None
    return known > (7, 2, 3)
