"""A software bill of materials (CycloneDX 1.6, JSON) and the licence texts of wheels. Reads the wheels alone.

No time and no random number stands in it: the same wheels give the same bytes.
"""

import email
import hashlib
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

VENDORED = Path(__file__).resolve().parent / "vendor" / "pip-26.3-py3-none-any.whl"
_LEGAL = re.compile(r"\.dist-info/(?:licenses/.*[^/]|[^/]*(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*)$", re.IGNORECASE)
_SBOM = re.compile(r"\.dist-info/sboms/[^/]+$")
# Names of the index's classifiers, as SPDX writes them, for wheels that have no expression.
_SPDX = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
}
_IDENTIFIERS = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "ISC", "MPL-2.0"}


@dataclass(frozen=True)
class Wheel:
    """One wheel, read.

    Attributes:
        name, version: normalised name (PEP 503) and version.
        licence: SPDX expression; empty when its metadata have none.
        requires: normalised names of what it needs here, extras left out.
        legal, sboms: member names of licence texts and of its own bills of materials.
    """

    path: Path
    name: str
    version: str
    sha256: str
    licence: str
    summary: str
    requires: tuple
    legal: tuple
    sboms: tuple

    @property
    def reference(self):
        """Package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"

    def texts(self, names):
        """(file name, bytes) of members; the directories within the wheel become part of the name."""
        with zipfile.ZipFile(self.path) as archive:
            for name in names:
                inside = name.partition(".dist-info/")[2]
                yield re.sub(r"^(licenses|sboms)/", "", inside).replace("/", "_"), archive.read(name)


def normalised(name):
    """A project's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path):
    """A wheel's own words about itself."""
    with zipfile.ZipFile(path) as archive:
        members = sorted(archive.namelist())
        (place,) = [name for name in members if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        metadata = email.message_from_bytes(archive.read(place))
    return Wheel(
        path=path,
        name=normalised(metadata["Name"]),
        version=metadata["Version"],
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        licence=_licence(metadata),
        summary=metadata["Summary"] or "",
        requires=tuple(sorted(_required(metadata.get_all("Requires-Dist", [])))),
        legal=tuple(name for name in members if _LEGAL.search(name)),
        sboms=tuple(name for name in members if _SBOM.search(name)),
    )


def _licence(metadata):
    if metadata["License-Expression"]:
        return metadata["License-Expression"]
    if metadata["License"] in _IDENTIFIERS:
        return metadata["License"]
    known = {_SPDX[each] for each in metadata.get_all("Classifier", []) if each in _SPDX}
    return " OR ".join(sorted(known))


def _required(lines):
    sys.path.insert(0, str(VENDORED))
    try:
        from pip._vendor.packaging.requirements import Requirement  # noqa: PLC0415 (from the wheel beside this file)
    finally:
        sys.path.remove(str(VENDORED))
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield normalised(requirement.name)


def bill(product, wheels):
    """The document: ``product`` and all ``wheels`` it is delivered with, as a value for JSON."""
    present = {wheel.name: wheel.reference for wheel in (product, *wheels)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component(product, "application")},
        "components": [_component(wheel, "library") for wheel in wheels],
        "dependencies": [
            {"ref": wheel.reference, "dependsOn": [present[name] for name in wheel.requires if name in present]}
            for wheel in (product, *wheels)
        ],
    }


def _component(wheel, kind):
    if wheel.licence:
        licences = [{"expression": wheel.licence}]
    else:
        licences = [{"license": {"name": f"text in licences/{wheel.name}-{wheel.version}"}}]
    return {
        "type": kind,
        "bom-ref": wheel.reference,
        "name": wheel.name,
        "version": wheel.version,
        "description": wheel.summary,
        "licenses": licences,
        "purl": wheel.reference,
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
        "properties": [{"name": "leadglass:file", "value": wheel.path.name}],
    }
