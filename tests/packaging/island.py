"""A machine without network, pip or ensurepip, made of namespaces of this one. It ends with all that runs in it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

DEADLINE = 90.0
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# Debian's python3 alone: what its other packages add is covered, and so is the home with its settings and caches.
_BARE = """
set -e
ip link set lo up
packages="/usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages /usr/lib/python3.*/ensurepip"
for covered in $packages "$HIDDEN"; do
    if [ -d "$covered" ]; then mount -t tmpfs none "$covered"; fi
done
if [ -e /etc/pip.conf ]; then mount --bind /dev/null /etc/pip.conf; fi
echo ready
exec sleep infinity
"""


class Island:
    """Network, mount and process namespaces, held by one process; as an unprivileged user too."""

    def __init__(self, directory: Path) -> None:
        """Make it; ``directory`` is of its own, home of whatever runs there, and the same inside and outside."""
        self.home = directory
        command = ("unshare", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
        self._holder = subprocess.Popen(
            (*command, "sh", "-c", _BARE),
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": SYSTEM_PATH, "HIDDEN": str(Path.home())},
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", "namespaces cannot be made on this machine"
        (self._inside,) = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Island:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self._holder.kill()  # and with it, by --kill-child, the first process of the namespace and all others
        self._holder.wait()
        for process in self._started:
            process.wait()

    def _command(self, words: tuple[str | Path, ...], directory: Path | None = None) -> tuple[str, ...]:
        enter = ("nsenter", "--target", self._inside, "--user", "--mount", "--net", "--pid", "--preserve-credentials")
        return (*enter, "env", "--chdir", str(directory or self.home), *map(str, words))

    def _environment(self) -> dict[str, str]:
        return {"PATH": SYSTEM_PATH, "HOME": str(self.home), "LANG": "C.UTF-8"}

    def run(self, *words: str | Path, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command there to its end."""
        return subprocess.run(
            self._command(words, directory),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
            env=self._environment(),
        )

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start a command there; its words go to ``log`` in the home."""
        with (self.home / "log").open("a") as log:
            process = subprocess.Popen(self._command(words), stdout=log, stderr=log, text=True, env=self._environment())
        self._started.append(process)
        return process

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Until it holds."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not within {DEADLINE} s\n{self._words()}"
            time.sleep(0.1)

    def _words(self) -> str:
        return (self.home / "log").read_text()[-3000:]
