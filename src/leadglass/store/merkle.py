"""The Merkle tree of RFC 6962 2.1 as pure functions over hashes. Never reads a file, never keeps a tree in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

HASH_BYTES = 32
MAX_LEVEL = 64  # a tree of 2**64 leaves
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""(level, index) -> hash of the complete subtree over leaves ``index * 2**level`` to ``(index + 1) * 2**level - 1``."""


def leaf_hash(record: bytes) -> bytes:
    """SHA-256(0x00 ‖ record), RFC 6962 2.1."""
    return sha256(b"\0" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), RFC 6962 2.1."""
    return sha256(b"\1" + left + right).digest()


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Root over ``hashes``, taken as leaves in order; at least one, any count."""
    level = list(hashes)
    while len(level) > 1:
        paired = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            paired.append(level[-1])  # joins higher up: the split is at the largest power of two
        level = paired
    return level[0]


def _complete(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees (level, index), left to right, that make up leaves ``start`` to ``end - 1``.

    ``start`` is a multiple of the largest of them, as in every range that RFC 6962 2.1.1 splits.
    """
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def _range_root(start: int, end: int, node: Node) -> bytes:
    parts = [node(level, index) for level, index in _complete(start, end)]
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def root(size: int, node: Node) -> bytes:
    """Root of the first ``size`` leaves."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Audit path of leaf ``index`` in the tree of ``size`` leaves, RFC 6962 2.1.1, lowest sibling first.

    Raises:
        ValueError: no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    siblings: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            siblings.append((split, end))
            end = split
        else:
            siblings.append((start, split))
            start = split
    return [_range_root(low, high, node) for low, high in reversed(siblings)]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that ``proof`` leads to from leaf hash ``leaf`` (RFC 9162 2.1.3.2): compare it with the checkpoint's.

    Raises:
        ValueError: the proof has the wrong length, or there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    computed, last = leaf, size - 1
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if index % 2 or index == last:
            computed = node_hash(sibling, computed)
            while index % 2 == 0 and index:
                index >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        index >>= 1
        last >>= 1
    if last:
        raise ValueError("the proof is too short")
    return computed
