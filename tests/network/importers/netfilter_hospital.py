"""What passes the hospital of tests/vectors/network, the same in both of netfilter's syntaxes: worked out by hand."""

from __future__ import annotations

from tests.network.importers.kernel import Sent

HOSPITAL: list[tuple[Sent, str, bool]] = [
    (Sent("modality", "10.1.0.7", "10.2.0.5"), "pacs", True),  # a modality's DICOM, and its replies
    (Sent("modality", "10.1.0.7", "10.2.0.5", destination_port=105), "pacs", False),
    (Sent("modality", "10.1.1.7", "10.2.0.5"), "pacs", False),  # no modality
    (Sent("modality", "10.1.0.7", "10.2.0.6", destination_port=11112), "pacs", True),
    (Sent("modality", "10.1.0.7", "10.2.0.6"), "pacs", False),
    (Sent("modality", "10.1.7.25", "10.2.0.6", destination_port=11112), "pacs", True),
    (Sent("modality", "10.1.0.7", "10.3.0.9"), "dmz", False),
    (Sent("pacs", "10.2.0.5", "203.0.113.9", destination_port=443), "wan", True),  # hidden behind the outer address
    (Sent("pacs", "10.2.0.5", "203.0.113.9", destination_port=22), "wan", False),
    (Sent("pacs", "10.2.0.5", "10.1.0.7", destination_port=23, source_port=104), "modality", True),  # the finding
    (Sent("pacs", "10.2.0.5", "10.1.0.7", destination_port=23), "modality", False),
    (Sent("wan", "203.0.113.9", "198.51.100.2", destination_port=443), "dmz", True),  # published
    (Sent("wan", "203.0.113.9", "10.3.0.9", destination_port=8443), "dmz", False),  # not by its own address
    (Sent("wan", "10.1.0.7", "198.51.100.2", destination_port=443), "dmz", False),  # a forged source
    (Sent("pacs", "10.2.0.5", "10.9.0.1", destination_port=443), "wan", False),  # a route that refuses
    (Sent("modality", "fd00:1::7", "fd00:2::9"), "pacs", False),
]
