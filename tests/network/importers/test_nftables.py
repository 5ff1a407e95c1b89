"""nftables: what the kernel does with a ruleset lies between our bounds, and is both where all was understood."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, reject, settings
from tests.network.importers.kernel import Kernel, Sent, agree
from tests.network.importers.policies import batches, nft_policy

from leadglass.network.importers import nftables

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Kernel() as found:
        yield found


def hold(kernel: Kernel, rules: str, sent: list[Sent], *, exact: bool) -> None:
    try:
        told, came = kernel.try_(sent, nft=rules)
    except AssertionError as fault:
        if "Error:" in str(fault):  # two matches that nft refuses together
            reject()
        raise
    device = nftables.read(told["ruleset"], "ruleset.json", "fw", kernel.addresses, kernel.routes)
    assert not device.coverage.missed
    agree(device, sent, came, exact=exact)


@QUICK
@given(nft_policy(sure=True, nat=False), batches(translated=False))
def test_what_is_understood_is_exactly_what_the_kernel_does(
    kernel: Kernel, policy: tuple[str, list[str]], sent: list[Sent]
) -> None:
    hold(kernel, policy[0], sent, exact=True)


@QUICK
@given(nft_policy(sure=False, nat=True), batches(translated=True))
def test_the_kernel_lies_between_the_bounds_with_translation_and_what_no_one_can_tell(
    kernel: Kernel, policy: tuple[str, list[str]], sent: list[Sent]
) -> None:
    hold(kernel, policy[0], sent, exact=False)
