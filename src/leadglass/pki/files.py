"""Where an authority's files lie, and its lock. Names and modes only; holds no key."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from leadglass.errors import Place
from leadglass.pki.errors import PkiError
from leadglass.pki.records import Records

LOCK_WAIT = 10.0  # seconds
_LOOK_AGAIN = 0.05
MAX_KEY_FILE = 65_536  # bytes


@dataclass(frozen=True, slots=True)
class AuthorityFiles:
    """The paths in one authority's directory (0700)."""

    directory: Path

    @property
    def root_certificate(self) -> Path:
        """The root, PEM: what devices trust."""
        return self.directory / "root.crt"

    @property
    def root_key(self) -> Path:
        """The root's key under its passphrase, until it is taken away."""
        return self.directory / "root.key"

    @property
    def root_list(self) -> Path:
        """The root's own revocation list, empty."""
        return self.directory / "root.crl"

    @property
    def certificate(self) -> Path:
        """The intermediate, PEM."""
        return self.directory / "intermediate.crt"

    @property
    def key(self) -> Path:
        """The intermediate's key under its passphrase."""
        return self.directory / "intermediate.key"

    @property
    def trust(self) -> Path:
        """Intermediate and root: the gateway's trust list."""
        return self.directory / "trust.pem"

    @property
    def revocation(self) -> Path:
        """The revocation lists of both, which the gateway reads."""
        return self.directory / "revocation.pem"

    @property
    def records(self) -> Records:
        """What was issued."""
        return Records(self.directory)

    def bundle(self, device: str, serial: str) -> Path:
        """The directory of what is handed to a device."""
        return self.directory / "devices" / device / serial[:8]

    def there(self) -> bool:
        """Whether an authority was made here."""
        return self.certificate.is_file()


@contextmanager
def locked(files: AuthorityFiles) -> Iterator[None]:
    """Nobody else issues or revokes meanwhile; the lock ends with its process.

    Raises:
        PkiError: somebody holds it for longer than `LOCK_WAIT`, or there is no authority.
    """
    if not files.there():
        raise PkiError(
            f"there is no certification authority in {files.directory}", "make one with 'leadglass pki init'"
        )
    descriptor = os.open(files.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_WAIT
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise PkiError("another 'leadglass pki' is at work", "wait for it to end, then try again") from None
                time.sleep(_LOOK_AGAIN)
        yield
    finally:
        os.close(descriptor)


def read_secret(path: Path) -> bytes:
    """A file of a key or passphrase.

    Raises:
        PkiError: it is missing, too large, or other users can read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_KEY_FILE + 1)
    except OSError as error:
        raise PkiError(f"cannot be read: {error.strerror}", "name the file where it lies", Place(str(path))) from None
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PkiError("other users can read or change it", f"chmod 600 {path}", Place(str(path)))
    if len(content) > MAX_KEY_FILE:
        raise PkiError(f"more than {MAX_KEY_FILE} bytes", "is this the right file?", Place(str(path)))
    return content
