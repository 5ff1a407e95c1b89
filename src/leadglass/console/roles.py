"""Who may see and do what in the console, as a table. Every page names one permission; nothing else grants access."""

from __future__ import annotations

from typing import Literal

from leadglass.store.appstate.users import Role

Permission = Literal[
    "overview",
    "associations",
    "health",
    "account",
    "refusals",
    "patients",
    "proof",
    "policy",
    "peers",
    "change-peers",
    "reload",
    "bypass",
    "users",
    "change-users",
    "assessment",
    "answer",
    "decide",
]

_VIEWER: frozenset[Permission] = frozenset({"overview", "associations", "health", "account"})
_ANALYST: frozenset[Permission] = _VIEWER | {"refusals", "patients", "proof", "policy", "assessment", "answer"}
_AUDITOR: frozenset[Permission] = (_ANALYST - {"answer"}) | {"peers", "users"}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "analyst": _ANALYST,
    "auditor": _AUDITOR,
    "administrator": _AUDITOR | {"change-peers", "reload", "bypass", "change-users", "answer", "decide"},
}

MEANING: dict[Role, str] = {
    "viewer": "sees the overview, associations and health; no patient data",
    "analyst": "also sees refusals, patients and the assessment, asks the policy and answers the survey",
    "auditor": "reads everything, changes nothing",
    "administrator": "reads everything; changes peers and users, reloads or bypasses policy, decides about findings",
}
