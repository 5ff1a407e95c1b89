"""Renewals: what is pinned beside what, and what never goes."""

from __future__ import annotations

import pytest

from leadglass.errors import LeadglassError
from leadglass.model.peer import Peer
from leadglass.policy.pins import pinned_too, unpinned

_A, _B, _C = (f"sha256:{digit * 64}" for digit in "abc")
CT = Peer("ct1", "CT1", (), certificates=(_A,))


def test_a_renewal_keeps_the_certificate_in_use() -> None:
    assert pinned_too(CT, _B).certificates == (_A, _B)


def test_of_two_only_one_that_has_ended_makes_place() -> None:
    both = pinned_too(CT, _B)
    assert pinned_too(both, _C, [_A]).certificates == (_B, _C)
    assert pinned_too(both, _C, [_B]).certificates == (_A, _C)
    with pytest.raises(LeadglassError, match="2 certificates already"):
        pinned_too(both, _C)
    with pytest.raises(LeadglassError, match="already"):
        pinned_too(CT, _A)


def test_a_pin_is_taken_away_by_its_first_digits() -> None:
    both = pinned_too(CT, _B)
    assert unpinned(both, "aaaa").certificates == (_B,)
    assert unpinned(both, _B).certificates == (_A,)


@pytest.mark.parametrize("start", ["", "a", "sha256:", "cccc", "sha2"])
def test_a_pin_that_is_not_named_clearly_stays(start: str) -> None:
    with pytest.raises(LeadglassError) as caught:
        unpinned(pinned_too(CT, _B), start)
    assert caught.value.hint


def test_the_last_proof_of_a_peer_never_goes() -> None:
    with pytest.raises(LeadglassError, match="nothing would prove"):
        unpinned(CT, _A)
