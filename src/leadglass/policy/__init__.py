"""Who may do what: Cedar policies over the registry of peers. Pure."""

from __future__ import annotations

from leadglass.policy.shipped import defaults

__all__ = ["defaults"]
