"""Secrets in configurations are replaced before anything is stored, hashed or shown. Lines stay where they are.

Every syntax has its patterns; each names what is to be replaced with a group ``secret``. What looks like a secret in
any syntax is replaced in all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from leadglass.network.rule import MAX_TEXT, Place

MASK = "<masked>"

_WORD = r"(?:pass(?:word|wd|phrase)?|secret|psk|pre-?shared-?key|private-?key|community|token|api-?key|credential)s?"

EVERYWHERE = (
    # What crypt(3), Cisco and Juniper write for hashes and for what they call encryption.
    re.compile(r"(?P<secret>\$(?:1|2[abxy]|5|6|8|9|14|sha1|sha512|y|argon2id?)\$[^\s\"'<>;,]+)"),
    # Names and passwords in addresses of other servers.
    re.compile(r"://[^\s/:@\"']{0,64}:(?P<secret>[^\s/@\"']{1,256})@"),
)

_IN_COMMENTS = (re.compile(rf"(?i)\b{_WORD}\b\s*(?:is|[:=])?\s*(?P<secret>[^\s\"',;\\]+)"),)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_OF_COMMENT = re.compile(r"#.*$")

_TAG = r"(?:md5\s+|(?:level\s+)?\d{1,3}\s+|ascii\s+|hex\s+|encrypted\s+|local\s+|remote\s+)*"
_CISCO = tuple(
    re.compile(rf"(?i)\b(?:{before})\s+{_TAG}(?P<secret>\S+)")
    for before in (
        r"passwords?|passwd|secret|ldap-login-password|(?:ikev[12]\s+)?pre-shared-key|passphrase|community|nt-encrypted",
        r"key-string|key-hash|authentication-key|key|wpa-psk|md5|auth\s+sha\S*|priv\s+(?:des|3des|aes)(?:\s+\d+)?",
        r"snmp-server\s+host\s+\S+(?:\s+vrf\s+\S+)?(?:\s+(?:traps|informs|trap|poll))?"
        r"(?:\s+version\s+(?:1|2c|3\s+\S+))?",
        r"(?:standby|vrrp|glbp)(?:\s+\d+)?\s+authentication(?:\s+text)?",
    )
)

_SAID = re.compile(rf"(?i)\b{_WORD}\b\s*(?:\bis\b|[:=])\s*(?P<secret>[^\s\"',;\\]+)")  # in notes of lists

_OF_FORTIOS = (
    r"(?:passw(?:or)?d|passphrase|secret|pwd|psk|key(?:-?string)?|token|community|passcode)s?\d?|psksecret\S*|ppk\S*"
)
_FORTIOS = (
    re.compile(r"(?i)^\s*set\s+\S+\s+ENC\s+(?P<secret>\S.*)"),
    re.compile(rf"(?i)^\s*set\s+\S*?(?:{_OF_FORTIOS})\s+\"(?P<secret>(?:[^\"\\]|\\.)+)"),
    re.compile(rf"(?i)^\s*set\s+\S*?(?:{_OF_FORTIOS})\s+(?P<secret>(?!ENC\s)[^\s\"].*)"),
    re.compile(
        rf"(?i)^\s*set\s+(?:comments?|description|alias)\s.*?\b{_WORD}\b\s*(?:\bis\b|[:=])\s*(?P<secret>[^\s\"',;\\]+)"
    ),
)

PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    "asa": _CISCO,
    "fortios": _FORTIOS,
    "ios": _CISCO,
    "zones": (_SAID,),
    "hospital": (_SAID,),
}
"""By syntax; each pattern is tried on each line, and its group ``secret`` replaced."""

IN_WORDS: dict[str, tuple[re.Pattern[str], ...]] = {
    "nftables": (_QUOTED,),
    "iptables": (_QUOTED, re.compile(r"--(?:comment|[a-z]*-?prefix)\s+[^\s\"]+"), _OF_COMMENT),
    "rules": (re.compile(r".+"),),
}
"""Syntaxes without secrets of their own, with where people's words stand, which are looked through."""

_COMMUNITY = re.compile(r"^\s*set\s+name\s+\"?(?P<secret>[^\s\"][^\"]*)")
WITHIN: dict[str, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]] = {
    "fortios": (
        re.compile(r"^\s*config\s+system\s+snmp\s+community\s*$"),
        re.compile(r"^\s*config\s"),
        re.compile(r"^\s*end\s*$"),
        _COMMUNITY,
    ),
}
"""Secrets that only the table they stand in shows: where it begins, what opens and closes tables, the pattern."""

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?-----")


def mask(text: str, syntax: str) -> str:
    """The text without its secrets: as many lines, each where it was.

    Args:
        text: a configuration, or a line of one.
        syntax: as in `importers.IMPORTERS`; of one without patterns what looks like a secret anywhere is masked.
    """
    return "\n".join(_lines(text, syntax))


def place(file: str, line: int, text: str, syntax: str) -> Place:
    """A place whose text has no secrets, cut at `rule.MAX_TEXT`: how importers make all of theirs."""
    return Place(file, line, mask(text.strip(), syntax)[:MAX_TEXT])


def _lines(text: str, syntax: str) -> Iterator[str]:
    inside = False  # a private key
    within, depth = WITHIN.get(syntax), 0
    for line in text.split("\n"):
        closing = _END.search(line) if inside else None
        opening = None if inside else _BEGIN.search(line)
        if inside:
            inside = closing is None
            yield MASK if closing is None else MASK + line[closing.start() :]
        elif opening is not None:
            closing = _END.search(line, opening.end())
            inside = closing is None
            rest = line[closing.start() :] if closing is not None else ""
            yield _line(line[: opening.start()], syntax) + opening[0] + MASK + rest
        else:
            shown = _line(line, syntax)
            if within is not None:
                begins, opens, closes, secret = within
                if depth:
                    depth += 1 if opens.match(line) else -1 if closes.match(line) else 0
                    shown = _replaced(secret, shown)
                elif begins.match(line):
                    depth = 1
            yield shown


def _line(line: str, syntax: str) -> str:
    for pattern in (*EVERYWHERE, *PATTERNS.get(syntax, ())):
        line = _replaced(pattern, line)
    for where in IN_WORDS.get(syntax, ()):
        line = where.sub(_of_words, line)
    return line


def _of_words(found: re.Match[str]) -> str:
    said = found[0]
    for pattern in _IN_COMMENTS:
        said = _replaced(pattern, said)
    return said


def _replaced(pattern: re.Pattern[str], line: str) -> str:
    def instead(found: re.Match[str]) -> str:
        start, end = found.span("secret")
        return found[0][: start - found.start()] + MASK + found[0][end - found.start() :]

    return pattern.sub(instead, line)
