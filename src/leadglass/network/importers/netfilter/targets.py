"""Targets of iptables by name: nft names them too in rulesets that iptables wrote. Never their options."""

from __future__ import annotations

from leadglass.network.rule import Action

FINAL = {
    "ACCEPT": Action.PERMIT,
    "DROP": Action.DENY,
    "REJECT": Action.DENY,
    "TARPIT": Action.DENY,
    "RETURN": Action.RETURN,
    "QUEUE": Action.UNKNOWN,
    "NFQUEUE": Action.UNKNOWN,
    "SYNPROXY": Action.UNKNOWN,
}
PASSING = frozenset({
    "", "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "CLASSIFY", "TOS", "DSCP", "TTL", "HL", "TCPMSS", "TCPOPTSTRIP",
    "ECN", "CHECKSUM", "SECMARK", "CONNSECMARK", "AUDIT", "TRACE", "TEE", "SET", "IDLETIMER", "LED", "RATEEST", "CT",
    "NOTRACK", "HMARK", "NFACCT",
})  # fmt: skip
KEEPING = frozenset({"REDIRECT", "TPROXY"})
