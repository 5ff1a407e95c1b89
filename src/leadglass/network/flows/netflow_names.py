"""What tools call the columns of a NetFlow or IPFIX export. Names alone; never values.

Sources: nfdump(1) and its csv and json outputs, SiLK's rwcut(1), IANA's registry of IPFIX information elements,
NetFlow v9 field types (RFC 3954 8), goflow2's and pmacct's output.
"""

from __future__ import annotations

NAMES: dict[str, tuple[str, ...]] = {
    "source": (
        "sa", "srcaddr", "src4_addr", "src6_addr", "sip", "sourceipv4address", "sourceipv6address", "src_addr",
        "ipv4_src_addr", "ipv6_src_addr", "src_ip", "ip_src", "srcip", "src ip addr", "source", "source address",
        "source_ip",
    ),
    "destination": (
        "da", "dstaddr", "dst4_addr", "dst6_addr", "dip", "destinationipv4address", "destinationipv6address",
        "dst_addr", "ipv4_dst_addr", "ipv6_dst_addr", "dst_ip", "ip_dst", "dstip", "dst ip addr", "destination",
        "destination address", "destination_ip",
    ),
    "source_port": (
        "sp", "srcport", "src_port", "sport", "sourcetransportport", "l4_src_port", "port_src", "src port", "src pt",
        "source port", "source_port",
    ),
    "destination_port": (
        "dp", "dstport", "dst_port", "dport", "destinationtransportport", "l4_dst_port", "port_dst", "dst port",
        "dst pt", "destination port", "destination_port",
    ),
    "protocol": ("pr", "proto", "protocol", "pro", "protocolidentifier", "ip_proto"),
    "icmp": ("icmptypecodeipv4", "icmptypecodeipv6", "icmp_type_code"),
    "icmp_type": ("icmp_type", "icmptypeipv4", "icmptypeipv6", "itype"),
    "icmp_code": ("icmp_code", "icmpcodeipv4", "icmpcodeipv6", "icode"),
    "first": (
        "ts", "firstseen", "t_first", "first", "stime", "flowstartmilliseconds", "flowstartseconds",
        "flowstartmicroseconds", "flowstartnanoseconds", "time_flow_start_ns", "time_flow_start_ms", "time_flow_start",
        "timestamp_start", "date first seen", "start time", "start_time",
    ),
    "last": (
        "te", "lastseen", "t_last", "last", "etime", "flowendmilliseconds", "flowendseconds", "flowendmicroseconds",
        "flowendnanoseconds", "time_flow_end_ns", "time_flow_end_ms", "time_flow_end", "timestamp_end",
        "date last seen", "end time", "end_time",
    ),
    "duration": ("td", "duration", "dur"),
    "flags": ("flg", "flags", "tcp_flags", "tcpcontrolbits", "tcpflags"),
    "first_flags": ("initialflags", "initialtcpflags"),
    "packets": ("ipkt", "packets", "in_packets", "in_pkts", "packetdeltacount", "packettotalcount", "pkts"),
    "bytes": ("ibyt", "bytes", "in_bytes", "octetdeltacount", "octettotalcount", "octets"),
    "came_packets": ("opkt", "out_packets", "out_pkts", "reversepacketdeltacount", "reversepackettotalcount"),
    "came_bytes": ("obyt", "out_bytes", "reverseoctetdeltacount", "reverseoctettotalcount"),
    "sampling": ("sampling_rate", "samplinginterval", "sampling_interval", "samplingpacketinterval", "samplerinterval"),
    "sampled": ("sampled",),
}  # fmt: skip
"""By meaning, names in lower case; where a row has values under several, the first counts."""

NEEDED = ("source", "destination", "source_port", "destination_port", "protocol", "first")


def meanings(columns: list[str]) -> dict[str, list[int]]:
    """By meaning, the columns that have it, the preferred one first."""
    known = [name.strip().strip('"').strip().lower() for name in columns]
    return {
        meaning: found
        for meaning, names in NAMES.items()
        if (found := [index for name in names for index, one in enumerate(known) if one == name])
    }
