from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.small_ledger import merge, record, transfer

from leadglass.cli.audit_verify import audit_verify
from leadglass.errors import IntegrityError
from leadglass.ledger.verify import Report, verify
from leadglass.store import bodies, merkle
from leadglass.store.leaves import LedgerReader
from leadglass.store.note import read_verifier

OCTOBER, NOVEMBER = 1_793_400_000_000_000_000, 1_795_400_000_000_000_000


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months, the second with full and partial tiles on two levels."""
    data = tmp_path_factory.mktemp("data")
    record(data, transfer(10))
    merge(data, now_ns=lambda: OCTOBER)
    record(data, transfer(150))
    merge(data, now_ns=lambda: NOVEMBER, batch=10)
    return data


def check(data: Path, older: str = "") -> Report:
    return verify(data / "ledger", read_verifier(data / "ledger" / "key.pub"), older=older)


def files(data: Path) -> list[Path]:
    logs = (data / "ledger").glob("????-??")
    return sorted(path for log in logs for path in log.rglob("*") if path.is_file())


def test_says_what_was_proven(ledger: Path) -> None:
    report = check(ledger)
    assert [(log.log, log.bodies == log.size, log.unproven) for log in report.logs] == [
        ("2026-10", True, ()),
        ("2026-11", True, ()),
    ]
    assert report.gaps == ()


def test_any_single_flipped_byte_is_found(ledger: Path, tmp_path: Path) -> None:
    """First, last and every 2003rd byte of every file, by turns of another bit; all others by chance below."""
    data = tmp_path / "copy"
    shutil.copytree(ledger, data)
    for path in files(data):
        sound = path.read_bytes()
        for position in sorted({*range(0, len(sound), 2_003), 0, len(sound) - 1}):
            flipped = bytearray(sound)
            flipped[position] ^= 1 << position % 8
            path.write_bytes(flipped)
            with pytest.raises(IntegrityError):
                check(data)
        path.write_bytes(sound)
    check(data)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_anywhere_is_found(ledger: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files(ledger)))
    sound = path.read_bytes()
    flipped = bytearray(sound)
    flipped[data.draw(st.integers(0, len(sound) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(flipped)
        with pytest.raises(IntegrityError):
            check(ledger)
    finally:
        path.write_bytes(sound)


def test_an_older_checkpoint_is_still_contained(ledger: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(ledger, data)
    kept = {log: LedgerReader(data / "ledger").checkpoint(log) for log in ("2026-10", "2026-11")}
    record(data, transfer(400))
    merge(data, now_ns=lambda: NOVEMBER)
    for log, older in kept.items():
        assert log in check(data, older).older


def test_a_ledger_cut_back_to_an_earlier_state_is_found_by_a_kept_checkpoint(ledger: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(ledger, data)
    record(data, transfer(3))
    merge(data, now_ns=lambda: NOVEMBER)
    kept = LedgerReader(data / "ledger").checkpoint("2026-11")
    with pytest.raises(IntegrityError, match="covered"):
        check(ledger, kept)
    shutil.rmtree(data / "ledger" / "2026-11")
    with pytest.raises(IntegrityError, match="gone"):
        check(data, kept)


def test_a_rewritten_history_is_found_by_a_kept_checkpoint(tmp_path: Path) -> None:
    data = tmp_path / "data"
    record(data, transfer(5))
    merge(data)
    reader = LedgerReader(data / "ledger")
    (log,) = reader.logs()
    kept = reader.checkpoint(log)
    for path in ((data / "ledger" / log), (data / "journal")):
        shutil.rmtree(path)
    (data / "ledger" / "state").unlink()
    record(data, transfer(9))
    merge(data)  # who holds the key can sign another history
    check(data)
    with pytest.raises(IntegrityError, match="not those of the given checkpoint"):
        check(data, kept)


def test_a_missing_month_between_two_is_found(ledger: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(ledger, data)
    shutil.rmtree(data / "ledger" / "2026-10")
    assert "2026-10" in check(data).logs[0].unproven[0]  # the oldest may have been pruned: told
    shutil.copytree(ledger / "ledger" / "2026-10", data / "ledger" / "2026-09")
    with pytest.raises(IntegrityError):
        check(data)


def test_pruned_bodies_are_told_and_the_tree_still_proven(ledger: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(ledger, data)
    shutil.rmtree(data / "ledger" / "2026-11" / "bodies")
    report = check(data).logs[1]
    assert report.bodies == 0
    assert any("bodies are pruned" in text for text in report.unproven)
    reader = LedgerReader(data / "ledger")
    assert [leaf.event for leaf in reader.read("2026-11", 0, 2)] == [None, None]
    assert reader.leaf("2026-11", 1).digest == LedgerReader(ledger / "ledger").leaf("2026-11", 1).digest


def test_an_inclusion_proof_leads_from_the_body_to_the_signed_root(ledger: Path) -> None:
    reader = LedgerReader(ledger / "ledger")
    head = read_verifier(ledger / "ledger" / "key.pub").open(reader.checkpoint("2026-11"))
    for leaf in reader.read("2026-11", 0, head.size):
        proof = reader.inclusion_proof("2026-11", leaf.position, head.size)
        assert merkle.root_from_inclusion(bytes.fromhex(leaf.digest), leaf.position, head.size, proof) == head.root


@pytest.mark.parametrize("first", [0, 1, 255, 256, 300])
def test_reads_from_any_leaf_on(ledger: Path, first: int) -> None:
    reader = LedgerReader(ledger / "ledger")
    every = list(reader.read("2026-11", 0, 10**6))
    assert list(LedgerReader(ledger / "ledger").read("2026-11", first, 20)) == every[first : first + 20]
    assert list(reader.read("2026-11", first, 1)) + list(reader.read("2026-11", first + 1, 19)) == every[first:][:20]


def test_a_patient_cannot_be_guessed_from_a_pruned_leaf(ledger: Path) -> None:
    one = LedgerReader(ledger / "ledger")
    leaf = one.leaf("2026-11", 3)
    assert leaf.event is not None
    assert merkle.leaf_hash(leaf.event).hex() != leaf.digest
    (segment,) = (ledger / "ledger" / "2026-11" / "bodies").iterdir()
    salts = [body.salted[: bodies.SALT_BYTES] for body in bodies.parse(segment.read_bytes(), 0, 300)]
    assert len(set(salts)) == 300


def test_command_line_says_clean_and_what_is_not_proven(ledger: Path) -> None:
    result = CliRunner().invoke(audit_verify, ["--data", str(ledger)])
    assert result.exit_code == 0, result.output
    assert result.output.endswith("clean\n")
    assert "not proven: that nothing was cut off at the end" in result.output
    result = CliRunner().invoke(audit_verify, ["--data", str(ledger), "--json"])
    assert msgspec.json.decode(result.output)["clean"] is True


def test_command_line_ends_with_5_and_the_first_bad_position(ledger: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(ledger, data)
    path = data / "ledger" / "2026-11" / "bodies" / "00000000"
    content = bytearray(path.read_bytes())
    bodies_there = list(bodies.parse(bytes(content), 0, 200))
    content[bodies_there[77].end - 1] ^= 1
    path.write_bytes(content)
    result = CliRunner().invoke(audit_verify, ["--data", str(data), "--json"])
    assert result.exit_code == 5
    assert "2026-11 leaf 77" in msgspec.json.decode(result.output)["error"]
    with pytest.raises(IntegrityError, match="leaf 77"):
        CliRunner().invoke(audit_verify, ["--data", str(data)], catch_exceptions=False)
