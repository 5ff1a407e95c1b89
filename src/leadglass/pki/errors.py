"""What can be wrong with an authority and what is asked of it. Values only."""

from __future__ import annotations

from leadglass.errors import LeadglassError


class PkiError(LeadglassError):
    """The authority cannot do what is asked of it."""


class PassphraseError(PkiError):
    """The passphrase does not open the key, or cannot serve as one."""


class RequestError(PkiError):
    """A certificate signing request is not signed, for a reason its sender can act on."""
