"""The last association of each caller that was served without proof, in every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.projection.events import LOG, NOON, SECOND, Writer, association
from tests.store.projection.test_projection import ENGINES

from leadglass.model.event import AssociationClosed, AssociationOpened
from leadglass.store.projection.engines import open_projection
from leadglass.store.projection.interface import MAX_PAGE, LeafGapError, Projection

TLS = {"tls": "TLSv1.3 TLS_AES_256_GCM_SHA384", "certificate": "sha256:" + "ab" * 32}


@pytest.fixture(params=list(ENGINES))
def projection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Projection]:
    engine = open_projection(ENGINES[request.param](tmp_path))
    yield engine
    engine.close()


def closed(number: int, how: str = "released", **who: str) -> AssociationClosed:
    return AssociationClosed(association(number, **who), NOON, how)


def numbers(projection: Projection, since: int = 0) -> list[int]:
    found = []
    for row in projection.unproved(since):
        assert isinstance(row.event.body, AssociationOpened | AssociationClosed)
        found.append(row.event.body.association.number)
    return found


def test_each_caller_is_told_once_by_its_last_association(projection: Projection) -> None:
    projection.apply(LOG, 0, Writer().says(closed(1), closed(2), closed(3, peer="mr-1", calling="MR1")).leaves)
    assert numbers(projection) == [3, 2]
    row = projection.unproved(0)[1]
    assert (row.log, row.position, row.digest) == (LOG, 1, f"{2:064x}")


def test_one_association_in_the_clear_is_found_behind_a_thousand_over_tls(projection: Projection) -> None:
    writer = Writer().says(closed(1), *(closed(number, **TLS) for number in range(2, 1_002)))
    projection.apply(LOG, 0, writer.leaves)
    assert numbers(projection) == [1]


def test_tls_without_a_certificate_proves_nothing_and_a_certificate_of_nobody_neither(projection: Projection) -> None:
    writer = Writer().says(closed(1, tls=TLS["tls"]), closed(2, **TLS, peer="", calling="X"), closed(3, **TLS))
    projection.apply(LOG, 0, writer.leaves)
    assert numbers(projection) == [2, 1], "the unknown first"


def test_an_association_counts_while_it_is_open_and_not_where_the_archive_rejected_it(projection: Projection) -> None:
    rejected = closed(2, "rejected-by-archive", calling="MR1", peer="mr-1")
    projection.apply(LOG, 0, Writer().says(AssociationOpened(association(1)), rejected).leaves)
    assert numbers(projection) == [1]


def test_what_is_older_is_left_out(projection: Projection) -> None:
    projection.apply(LOG, 0, Writer().says(closed(1)).leaves)
    assert numbers(projection, NOON + SECOND) == [1]
    assert numbers(projection, NOON + SECOND + 1) == []


def test_an_event_that_comes_late_does_not_replace_a_newer_one(projection: Projection) -> None:
    writer = Writer().says(closed(1), at=NOON + 9 * SECOND).says(closed(2), at=NOON)
    projection.apply(LOG, 0, writer.leaves[:1])
    projection.apply(LOG, 1, writer.leaves[1:])
    assert numbers(projection) == [1]


def test_the_answer_is_bounded_and_a_batch_that_fails_leaves_nothing(projection: Projection) -> None:
    writer = Writer().says(*(closed(number, calling=f"X{number}") for number in range(MAX_PAGE + 5)))
    with pytest.raises(LeafGapError):
        projection.apply(LOG, 7, writer.leaves)
    assert numbers(projection) == []
    projection.apply(LOG, 0, writer.leaves)
    assert len(numbers(projection)) == MAX_PAGE
