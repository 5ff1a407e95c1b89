from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.store import merkle
from leadglass.store.tiles import edge_root


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def node_of(leaves: list[bytes]) -> merkle.Node:
    return lambda level, index: naive_root(leaves[index << level : (index + 1) << level])


sizes = st.integers(0, 600)


def test_known_roots_of_the_certificate_transparency_test_data() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [bytes.fromhex(text) for text in inputs]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for size, expected in roots.items():
        assert merkle.root(size, node_of(leaves)).hex() == expected
        assert merkle.subtree_root([merkle.leaf_hash(leaf) for leaf in leaves[:size]]).hex() == expected
    assert merkle.root(0, node_of(leaves)) == sha256(b"").digest()


@settings(deadline=None, max_examples=60)
@given(sizes)
def test_root_is_the_recursive_definition(size: int) -> None:
    leaves = [b"%d" % i for i in range(size)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    assert merkle.root(size, node_of(leaves)) == naive_root(leaves)
    tiles = [merkle.subtree_root(hashes[i : i + 256]) for i in range(0, size - size % 256, 256)]
    assert edge_root([hashes[size - size % 256 :], tiles]) == naive_root(leaves)
    if size:
        assert merkle.subtree_root(hashes) == naive_root(leaves)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300), st.data())
def test_inclusion_proof_is_the_recursive_definition_and_leads_to_the_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = [b"%d" % i for i in range(size)]
    proof = merkle.inclusion_proof(index, size, node_of(leaves))
    assert proof == naive_path(index, leaves)
    assert merkle.root_from_inclusion(merkle.leaf_hash(leaves[index]), index, size, proof) == naive_root(leaves)
    assert merkle.root_from_inclusion(merkle.leaf_hash(b"other"), index, size, proof) != naive_root(leaves)


@pytest.mark.parametrize("change", [lambda proof: proof[:-1], lambda proof: [*proof, bytes(32)]])
def test_rejects_a_proof_of_the_wrong_length(change: object) -> None:
    leaves = [b"%d" % i for i in range(11)]
    proof = merkle.inclusion_proof(4, 11, node_of(leaves))
    with pytest.raises(ValueError, match="too"):
        merkle.root_from_inclusion(merkle.leaf_hash(b"4"), 4, 11, change(proof))  # type: ignore[operator] # a lambda


def test_rejects_a_leaf_beyond_the_tree() -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion_proof(5, 5, lambda _level, _index: b"")
