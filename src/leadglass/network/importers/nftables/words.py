"""A rule of nft's JSON in nft's own words, for people: short, and only for them. Never read again."""

from __future__ import annotations

from leadglass.network.importers.netfilter.documents import Json

MAX_DEPTH = 12
_PLAIN = frozenset({"accept", "drop", "continue", "return", "notrack", "masquerade", "reject", "counter", "log"})


def words(statements: Json) -> str:
    """The statements of a rule."""
    if not isinstance(statements, list):
        return str(statements)
    return " ".join(text for one in statements if (text := _one(one, 0)))


def _one(value: Json, depth: int) -> str:
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, list):
        return ",".join(_one(each, depth + 1) for each in value)
    if not isinstance(value, dict) or len(value) != 1:
        return (
            " ".join(f"{key} {_one(each, depth + 1)}" for key, each in value.items())
            if isinstance(value, dict)
            else str(value)
        )
    ((kind, inner),) = value.items()

    def said(each: Json) -> str:
        return _one(each, depth + 1)

    if kind == "match":
        op = str(inner.get("op", ""))
        left, right = said(inner.get("left")), said(inner.get("right"))
        plain = op in {"==", "in"} and "&" not in left
        return f"{left} {right}" if plain else f"{left} {op} {right}"
    if kind == "payload":
        return f"{inner.get('protocol', inner.get('base', '@'))} {inner.get('field', inner.get('offset', ''))}"
    if kind in {"meta", "ct", "rt"} and isinstance(inner, dict) and "value" not in inner:
        key = str(inner.get("key", ""))
        return key if kind == "meta" and key in {"iifname", "oifname", "iif", "oif"} else f"{kind} {key}"
    if kind == "set" and isinstance(inner, list):
        return "{ " + ", ".join(said(each) for each in inner) + " }"
    if kind == "concat":
        return " . ".join(said(each) for each in inner)
    if kind == "prefix":
        return f"{said(inner.get('addr'))}/{inner.get('len')}"
    if kind == "range":
        return "-".join(said(each) for each in inner)
    if kind in {"&", "|", "^", "<<", ">>"}:
        return f" {kind} ".join(said(each) for each in inner)
    if kind in {"vmap", "map"} and isinstance(inner, dict) and "data" in inner:
        data = inner["data"]
        rows = data.get("set", []) if isinstance(data, dict) else data
        if isinstance(rows, list):
            told = "{ " + ", ".join(f"{said(row[0])} : {said(row[1])}" for row in rows if len(row) == 2) + " }"
        else:
            told = str(rows)
        return f"{said(inner.get('key'))} {kind} {told}"
    if kind in {"jump", "goto"}:
        return f"{kind} {inner.get('target', '')}"
    if kind in {"dnat", "snat", "redirect", "masquerade"} and isinstance(inner, dict):
        to = said(inner["addr"]) if "addr" in inner else ""
        to += f":{said(inner['port'])}" if "port" in inner else ""
        return f"{kind} to {to}" if to else kind
    if kind == "log" and isinstance(inner, dict) and "prefix" in inner:
        return f'log prefix "{inner["prefix"]}"'
    if kind in _PLAIN:
        return str(kind)
    return f"{kind} {said(inner)}".strip()
