from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.errors import IntegrityError
from leadglass.store.merkle import leaf_hash, subtree_root
from leadglass.store.tiles import TileTree, read_tile, split_entries, stored_node, tile_path


def grown(log: Path, *sizes: int) -> TileTree:
    """A tree committed at each of these sizes."""
    tree = TileTree(log)
    for size in sizes:
        while tree.size < size:
            tree.append(b"record %d" % tree.size)
        tree.write_edge()
        tree.remove_superseded()
    return tree


def expected_root(size: int) -> bytes:
    return subtree_root([leaf_hash(b"record %d" % i) for i in range(size)])


def files(log: Path) -> set[str]:
    return {str(path.relative_to(log)) for path in log.rglob("*") if path.is_file()}


def test_paths_are_those_of_the_tlog_tiles_specification() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(0, 0, 255) == "tile/0/000.p/255"
    assert tile_path(-1, 999, 1) == "tile/entries/999.p/1"
    assert tile_path(2, 1000) == "tile/2/x001/000"


@pytest.mark.parametrize("sizes", [(1,), (255,), (256,), (257,), (300, 511, 512, 700), (66_000,)])
def test_root_and_nodes_come_back_from_disk(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    tree = grown(tmp_path, *sizes)
    assert tree.root() == expected_root(sizes[-1])
    for size in (1, sizes[-1] // 2 or 1, sizes[-1]):
        assert tree.root_at(size) == expected_root(size)
    assert TileTree.resume(tmp_path, sizes[-1]).root() == tree.root()


def test_entry_bundles_have_length_prefixes_of_two_bytes(tmp_path: Path) -> None:
    grown(tmp_path, 257)
    assert (tmp_path / "tile/entries/001.p/1").read_bytes() == b"\x00\x0arecord 256"
    assert split_entries(read_tile(tmp_path, -1, 0, 256), 256)[255] == b"record 255"


def test_keeps_the_partial_tiles_of_two_checkpoints_and_no_more(tmp_path: Path) -> None:
    grown(tmp_path, 3, 5, 9)
    assert files(tmp_path) == {"tile/0/000.p/5", "tile/0/000.p/9", "tile/entries/000.p/5", "tile/entries/000.p/9"}
    assert len(read_tile(tmp_path, 0, 0, 3)) >= 3 * 32  # a reader of an old checkpoint takes a wider one


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 700), st.integers(0, 700))
def test_resume_forgets_what_was_not_committed(tmp_path_factory: pytest.TempPathFactory, size: int, more: int) -> None:
    log = tmp_path_factory.mktemp("log")
    tree = grown(log, size)
    before = files(log)
    for number in range(more):
        tree.append(b"lost %d" % number)
    tree.write_edge()  # and killed before the state
    resumed = TileTree.resume(log, size)
    assert resumed.root() == expected_root(size)
    assert files(log) <= before
    while resumed.size < size + 300:
        resumed.append(b"record %d" % resumed.size)
    resumed.write_edge()
    assert resumed.root() == expected_root(size + 300)
    assert TileTree.resume(log, size + 300).root() == expected_root(size + 300)


def test_resume_says_that_a_tile_is_missing(tmp_path: Path) -> None:
    grown(tmp_path, 300)
    (tmp_path / "tile/0/001.p/44").unlink()
    with pytest.raises(IntegrityError, match="tile missing"):
        TileTree.resume(tmp_path, 300)


def test_refuses_a_short_tile(tmp_path: Path) -> None:
    grown(tmp_path, 300)
    (tmp_path / "tile/0/000").write_bytes(b"short")
    with pytest.raises(IntegrityError, match="too short"):
        stored_node(tmp_path, 300, 0, 200)


def test_refuses_a_short_bundle() -> None:
    with pytest.raises(IntegrityError, match="shorter"):
        split_entries(b"\x00\x05abc", 1)
