"""A hospital's network of namespaces: a bridge, the hospital on it, and gateways a and b. It ends with all in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
HOSPITAL, SHARED = "10.99.0.1", "10.99.0.10"
GATEWAYS = {"a": "10.99.0.11", "b": "10.99.0.12"}

_BUILD = f"""
set -e
mount -t tmpfs none /run
mkdir -p /run/netns
ip link set lo up
ip link add hospital type bridge
ip addr add {HOSPITAL}/24 dev hospital
ip link set hospital up
for gateway in {" ".join(f"{name}:{address}" for name, address in GATEWAYS.items())}; do
    name=${{gateway%%:*}}
    ip netns add "$name"
    ip link add "to-$name" type veth peer name eth0 netns "$name"
    ip link set "to-$name" master hospital up
    ip -n "$name" addr add "${{gateway#*:}}/24" dev eth0
    ip -n "$name" link set lo up
    ip -n "$name" link set eth0 up
done
echo ready
exec sleep infinity
"""


# keepalived sets the groups of each script it runs, which a user namespace of one user forbids: it would run none, and
# take that for success. Root needs no user namespace; anybody else one with the subordinate users of /etc/subuid.
_USERS = () if os.geteuid() == 0 else ("--map-root-user", "--map-auto", "--setgroups=allow")
_ENTER = ("--mount", "--net", "--pid") if os.geteuid() == 0 else ("--user", "--mount", "--net", "--pid", "-S0", "-G0")


class Network:
    """Namespaces for network, mounts and processes, held by one process."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "network.log"
        command = ("unshare", *_USERS, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
        with self._log.open("wb") as log:
            self._holder = subprocess.Popen(
                (*command, "sh", "-c", _BUILD), stdout=subprocess.PIPE, stderr=log, text=True, env={"PATH": PATH}
            )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", self._log.read_text()
        (self._inside,) = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Network:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self._holder.kill()  # and with it, by --kill-child, the first process of the namespaces and all others
        self._holder.wait()
        for process in self._started:
            process.wait()

    def _command(self, where: str, words: tuple[object, ...]) -> tuple[str, ...]:
        enter = ["nsenter", "--target", self._inside, *_ENTER]
        if where:
            enter += ["nsenter", f"--net=/run/netns/{where}"]
        return (*enter, "env", f"--chdir={Path.cwd()}", *map(str, words))

    def run(self, where: str, *words: object) -> str:
        """Run a command on gateway ``where``, in the hospital where that is empty; what it says."""
        done = subprocess.run(
            self._command(where, words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}"
        return done.stdout

    def start(self, where: str, log: Path, *words: object) -> subprocess.Popen[bytes]:
        """Start a command there; it ends when its standard input does, or with the network."""
        with log.open("ab") as out:
            process = subprocess.Popen(
                self._command(where, words), stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT
            )
        self._started.append(process)
        return process

    def addresses(self, where: str) -> str:
        """What a gateway's interface has."""
        return self.run(where, "ip", "-brief", "address", "show", "dev", "eth0")

    def power_off(self, where: str) -> None:
        """A gateway's machine is gone from one moment to the next: it says nothing more to anybody."""
        self.run(where, "ip", "link", "set", "eth0", "down")
        self.kill(where, "")

    def power_on(self, where: str) -> None:
        """Its network is there again; nothing runs yet."""
        self.run(where, "ip", "link", "set", "eth0", "up")

    def kill(self, where: str, words: str) -> None:
        """SIGKILL to every process of a gateway whose command holds ``words``."""
        found = (
            f"for p in $(ip netns pids {where}); do"
            f' if tr "\\0" " " </proc/$p/cmdline | grep -q -- "{words}"; then kill -9 $p; fi; done; true'
        )
        self.run("", "sh", "-c", found)
