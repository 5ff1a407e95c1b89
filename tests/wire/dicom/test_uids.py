"""The table of UIDs agrees with pydicom's, and our own identifier is well formed."""

from __future__ import annotations

import subprocess
import sys
import uuid

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from leadglass.wire.dicom import uids
from leadglass.wire.dicom.finding import findings


def test_every_sop_class_and_transfer_syntax_of_pydicom_is_named() -> None:
    missing = [
        uid
        for uid, (name, kind, _, _, keyword) in UID_dictionary.items()
        if kind in {"SOP Class", "Meta SOP Class", "Transfer Syntax"} and name and keyword
        if uids.name_of(uid) != name or uids.keyword_of(uid) != keyword or uids.uid_of(keyword) != uid
    ]
    assert missing == []


def test_constants_are_what_their_names_say() -> None:
    constants = {
        name: value
        for name, value in vars(uids).items()
        if name.isupper() and isinstance(value, str) and value.startswith("1.2.840.10008.")
    }
    assert len(constants) > 10
    for name, value in constants.items():
        if name != "APPLICATION_CONTEXT":  # "DICOMApplicationContext"
            assert UID(value).keyword.lower().startswith(name.replace("_", "").lower()), name
    assert UID(uids.APPLICATION_CONTEXT).keyword == "DICOMApplicationContext"


def test_an_unknown_uid_is_its_own_name() -> None:
    assert uids.name_of("1.2.3.4") == "1.2.3.4"
    assert uids.keyword_of("1.2.3.4") == ""
    assert uids.uid_of("NoSuchKeyword") == ""


def test_our_implementation_class_uid_is_a_uuid_under_2_25() -> None:
    prefix, number = uids.IMPLEMENTATION_CLASS_UID.rsplit(".", 1)
    assert prefix == "2.25"
    assert uuid.UUID(int=int(number)).version == 4
    assert len(uids.IMPLEMENTATION_CLASS_UID) <= 64
    assert 1 <= len(uids.IMPLEMENTATION_VERSION_NAME) <= 16


def test_neither_pydicom_nor_pynetdicom_is_loaded_at_run_time() -> None:
    program = (
        "import sys, leadglass.wire.dicom.pdu, leadglass.wire.dicom.negotiation, leadglass.wire.dicom.command, "
        "leadglass.wire.dicom.states\nfrom leadglass.wire.dicom.uids import name_of\n"
        "assert name_of('1.2.840.10008.1.1') == 'Verification SOP Class'\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pydicom', 'pynetdicom', 'socket'}))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.strip() == "[]"


def test_findings_are_explained_in_one_sentence() -> None:
    for finding in findings().values():
        assert finding.effect in {"error", "tolerated", "answer"}
        assert finding.meaning.endswith(".")
