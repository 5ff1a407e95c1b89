from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from leadglass.errors import IntegrityError, LeadglassError
from leadglass.store.note import Checkpoint, Signer, open_signer, read_verifier

HEAD = Checkpoint("leadglass/2026-11", 12, bytes(range(32)))


def signer() -> Signer:
    return Signer("leadglass", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_note_has_the_form_of_the_specification() -> None:
    lines = signer().sign(HEAD).split("\n")
    assert lines[:4] == ["leadglass/2026-11", "12", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    assert lines[4].startswith("— leadglass ")
    assert lines[5:] == [""]


def test_verifier_opens_what_the_signer_signed() -> None:
    assert signer().verifier.open(signer().sign(HEAD)) == HEAD


def test_any_changed_byte_of_a_note_is_refused() -> None:
    note = signer().sign(HEAD).encode()
    for position in range(len(note)):
        for change in (1, 0x80):
            changed = bytes([*note[:position], note[position] ^ change, *note[position + 1 :]])
            try:
                text = changed.decode()
            except UnicodeDecodeError:
                continue
            with pytest.raises(IntegrityError):
                signer().verifier.open(text)


def test_another_key_of_the_same_name_is_refused() -> None:
    other = Signer("leadglass", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
    with pytest.raises(IntegrityError, match="not signed by leadglass"):
        other.verifier.open(signer().sign(HEAD))


def test_an_endless_size_is_refused() -> None:
    with pytest.raises(IntegrityError, match="not origin, size and root"):
        signer().verifier.open(signer().sign(HEAD._replace(size=10**21)))


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    private, public = tmp_path / "key" / "ledger.key", tmp_path / "key.pub"
    first = open_signer(private, public, "leadglass")
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.parent.stat().st_mode & 0o077 == 0
    assert open_signer(private, public, "another").verifier == first.verifier == read_verifier(public)


def test_a_lost_private_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    private, public = tmp_path / "key" / "ledger.key", tmp_path / "key.pub"
    open_signer(private, public, "leadglass")
    private.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        open_signer(private, public, "leadglass")


def test_a_foreign_public_key_is_refused(tmp_path: Path) -> None:
    private, public = tmp_path / "key" / "ledger.key", tmp_path / "key.pub"
    open_signer(private, public, "leadglass")
    public.write_text(Signer("leadglass", Ed25519PrivateKey.generate()).verifier.line() + "\n")
    with pytest.raises(IntegrityError, match="does not belong"):
        open_signer(private, public, "leadglass")


def test_a_missing_or_broken_public_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(LeadglassError, match="no public key"):
        read_verifier(tmp_path / "key.pub")
    (tmp_path / "key.pub").write_text("leadglass+00000000+AAAA\n")
    with pytest.raises(IntegrityError, match="no Ed25519 verifier key"):
        read_verifier(tmp_path / "key.pub")
