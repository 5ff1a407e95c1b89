"""Where identity is claimed, DCMTK reads the same Patient ID: an archive must not file it elsewhere."""

from __future__ import annotations

import random
import re
import struct
import subprocess
from pathlib import Path

from tests.vectors.vector import Vector, read_vector

from leadglass.wire.dataset import read_head

VECTORS = [read_vector(path) for path in sorted((Path(__file__).parents[2] / "vectors" / "dataset").glob("*.hex"))]

BEYOND_REACH = {
    "patient-id-behind-pixel-data",  # what follows pixel data is not read, or nothing could stream
    "identity-as-un",  # dcmdump prints UN as numbers
}

# What structure is made of: mutations put these where they do most harm.
PARTS = (
    *(b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0"),
    *(b"\x10\0\x20\0LO\4\x009999", b"\x10\0\x20\0\4\0\0\x009999", b"\x08\0\x32\x10SQ\0\0", b"\x08\0\x32\x10"),
    *(b"\x09\0\1\x10UN\0\0\xff\xff\xff\xff", b"OB", b"UN", b"SQ", b"LO", b"\x10\0\x10\0", b"\x20\0\x0e\0"),
)


def _file(syntax: str, data: bytes) -> bytes:
    uid = syntax.encode().ljust((len(syntax) + 1) & ~1, b"\0")
    meta = b"\2\0\1\0OB\0\0\2\0\0\0\0\1\2\0\x10\0UI" + struct.pack("<H", len(uid)) + uid
    return bytes(128) + b"DICM\2\0\0\0UL\4\0" + struct.pack("<L", len(meta)) + meta + data


def _dcmdump(folder: Path, files: list[bytes]) -> list[list[bytes]]:
    """Patient IDs at the top level of each file, none where it cannot be read."""
    paths = [folder / f"{number}.dcm" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    output = subprocess.run(["dcmdump", "-q", "+F", *paths], capture_output=True, check=False).stdout
    dumps = re.split(rb"(?m)^# dcmdump \(\d+/\d+\): .*$", output)[1:]
    assert len(dumps) == len(files)
    return [
        [b"" if empty else value for value, empty in re.findall(rb"(?m)^\(0010,0020\) .. (?:\[(.*?)\]|(\(no)) ", dump)]
        for dump in dumps
    ]


def _bare(value: bytes) -> bytes:
    return value.rstrip(b" \0")


def _claimed(vector: Vector, data: bytes) -> bytes | None:
    head = read_head(vector.headers["transfer-syntax"], data).head
    return head.patient.raw_id if head and head.patient.known else None


def _mutate(data: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(mutated))
        match chance.randrange(4):
            case 0:
                mutated[at] = chance.randrange(256)
            case 1:
                mutated[at] = (mutated[at] + chance.choice((-8, -4, -2, -1, 1, 2, 4, 8))) % 256
            case 2:
                mutated[at:at] = chance.choice(PARTS)
            case _:
                part = chance.choice(PARTS)
                mutated[at : at + len(part)] = part
    return bytes(mutated)


def test_claimed_vectors_are_read_alike_by_dcmtk(tmp_path: Path) -> None:
    claims = [(vector, _claimed(vector, vector.data)) for vector in VECTORS if vector.name not in BEYOND_REACH]
    claims = [(vector, claim) for vector, claim in claims if claim is not None]
    assert len(claims) > 40
    files = [_file(vector.headers["transfer-syntax"], vector.data) for vector, _ in claims]
    for (vector, claim), read in zip(claims, _dcmdump(tmp_path, files), strict=True):
        assert list(map(_bare, read)) == ([_bare(claim)] if claim else []), vector.name


def test_claimed_mutations_are_read_alike_by_dcmtk_or_not_at_all(tmp_path: Path) -> None:
    chance = random.Random(20)  # fixed: a failure must come back
    small = [vector for vector in VECTORS if 0 < len(vector.data) < 2_000 and vector.name not in BEYOND_REACH]
    claims: list[tuple[str, bytes, bytes]] = []
    while len(claims) < 300:
        vector = chance.choice(small)
        data = _mutate(vector.data, chance)
        claim = _claimed(vector, data)
        if claim:
            claims.append((vector.name, _file(vector.headers["transfer-syntax"], data), claim))
    read = _dcmdump(tmp_path, [content for _, content, _ in claims])
    differing = [
        (name, claim, ids)
        for (name, _, claim), ids in zip(claims, read, strict=True)
        if ids and list(map(_bare, ids)) != [_bare(claim)]
    ]
    assert differing == []
    assert sum(map(bool, read)) > 150
