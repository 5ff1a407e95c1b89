"""What stands between generator and answerer: nothing, HAProxy or Leadglass. Never treats one of them differently."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.certificates import CLIENT
from bench.peers.pdus import CT_IMAGE, MR_IMAGE
from bench.peers.retriever import STUDY_ROOT
from bench.processes import (
    BenchError,
    Process,
    Wanted,
    cpu_seconds,
    free_port,
    private_bytes,
    resident_bytes,
    settled_cpu_seconds,
)
from leadglass.model.peer import Peer
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peers

CALLING = "BENCH"
ARCHIVE, MIXED, DCMTK_16, DCMTK_128, ORTHANC = "ARCHIVE", "MIXED", "DCMTK16", "DCMTK128", "ORTHANC"
"""Called titles, each with an archive of its own behind Leadglass."""

SCREEN = "SCREEN"
"""A destination of C-MOVE behind Leadglass: the answerer of `ARCHIVE`, called as a device."""

DIRECT, HAPROXY, HAPROXY_TUNED, LEADGLASS = "direct", "HAProxy", "HAProxy 256 KiB", "Leadglass"

TLS = "tls"
"""The directory of the certificates, in that of the run."""

_CONSOLE = "leadglass.console"
_WORKER = "leadglass.relay"


@dataclass(slots=True)
class Side:
    """One way from generator to answerer.

    Attributes:
        ports: by called title, the port that leads to its archive.
        secure: the same over TLS; empty for a direct connection.
        process: what is measured; None for a direct connection.
    """

    name: str
    ports: Mapping[str, int]
    process: Process | None = None
    secure: Mapping[str, int] = field(default_factory=dict)
    wanted: Wanted = field(default=lambda _: True)
    holder: Wanted = field(default=lambda _: True)

    def cpu(self, *, settled: bool = True) -> float:
        """CPU seconds so far, of everything but the console."""
        if self.process is None:
            return 0.0
        return (settled_cpu_seconds if settled else cpu_seconds)(self.process.pid, self.wanted)

    def console_cpu(self) -> float:
        """CPU seconds so far of the console alone."""
        return cpu_seconds(self.process.pid, lambda command: _CONSOLE in command) if self.process else 0.0

    def private(self) -> int:
        """Private memory of the processes that hold associations, bytes."""
        return private_bytes(self.process.pid, self.holder) if self.process else 0

    def resident(self) -> int:
        """Resident memory of the processes that hold associations, bytes."""
        return resident_bytes(self.process.pid, self.holder) if self.process else 0


def answerer(directory: Path, name: str, *arguments: str) -> tuple[Process, int]:
    """Starts an answerer that announces 131,072 and returns it with its port."""
    command = [sys.executable, "-m", "bench.peers.answerer", "--tied", "--max-pdu", "131072", *arguments]
    process = Process(f"answerer {name}", command, directory / f"answerer-{name}.log")
    return process, int(process.line()["port"])


def haproxy(directory: Path, name: str, archives: Mapping[str, int], threads: int, bufsize: int = 0) -> Side:
    """Starts HAProxy in TCP mode, a plain bind and one over TLS a title; ``bufsize`` 0 leaves its buffers as they come.

    The certificates lie in ``directory / TLS``; TLS as Leadglass speaks it: with a client's certificate, never resumed.
    """
    ports = {title: free_port() for title in archives}
    secure = {title: free_port() for title in archives}
    tune = f"  tune.bufsize {bufsize}\n" if bufsize else ""
    tune += "  tune.ssl.cachesize 0\n  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets\n"
    certificates = directory / TLS
    crypt = f"ssl crt {certificates}/server.pem ca-file {certificates}/ca.pem verify required"
    proxies = "".join(
        f"listen {title.lower()}\n  bind 127.0.0.1:{ports[title]}\n  bind 127.0.0.1:{secure[title]} {crypt}\n"
        f"  server archive 127.0.0.1:{port}\n"
        for title, port in archives.items()
    )
    slug = name.lower().replace(" ", "-")
    path = directory / f"{slug}.cfg"
    path.write_text(
        f"global\n  nbthread {threads}\n  maxconn 4000\n{tune}"
        f"defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n{proxies}",
        "ascii",
    )
    process = Process(name, [executable("haproxy"), "-db", "-f", str(path)], directory / f"{slug}.log")
    try:
        for port in (*ports.values(), *secure.values()):
            process.wait_listening(port)
    except BaseException:
        process.stop()
        raise
    return Side(name, ports, process, secure)


def executable(name: str) -> str:
    """The path of a Debian tool.

    Raises:
        BenchError: it is not installed.
    """
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    if found is None:
        raise BenchError(f"{name} is not installed", "apt-get install haproxy dcmtk orthanc")
    return found


def leadglass_configuration(
    data: Path, port: int, secure: int, console: int, archives: Mapping[str, int], workers: int
) -> str:
    """The TOML of a gateway that enforces, one route and archive a title; over TLS too, at port ``secure``."""
    quote = json.dumps
    text = f'[site]\nname = "Bench"\ntimezone = "Europe/Amsterdam"\ndata = {quote(str(data))}\n\n'
    text += f'[[listener]]\naddress = "127.0.0.1"\nport = {port}\n\n'
    text += f'[[listener]]\naddress = "127.0.0.1"\nport = {secure}\ntls = true\n\n'
    text += f'[tls]\ncertificate = "{TLS}/server.pem"\nkey = "{TLS}/server.pem"\ntrust = ["{TLS}/ca.pem"]\n\n'
    for title, archive in archives.items():
        text += f'[[archive]]\nid = {quote(title.lower())}\nhost = "127.0.0.1"\nport = {archive}\n\n'
        text += f'[[route]]\ncalled = {quote(title)}\narchive = {quote(title.lower())}\nmode = "enforce"\n\n'
    return text + f'[gateway]\nworkers = {workers}\n\n[console]\naddress = "127.0.0.1"\nport = {console}\n'


def leadglass(directory: Path, archives: Mapping[str, int], workers: int) -> Side:
    """Starts the gateway with inspection, policy and record on, and one peer approved: the generator."""
    data = directory / "data"
    data.mkdir()
    port, secure, console = free_port(), free_port(), free_port()
    config = directory / "leadglass.toml"
    config.write_text(leadglass_configuration(data, port, secure, console, archives, workers), "utf-8")
    approve_generator(data, archives[ARCHIVE])
    command = [str(Path(sys.executable).with_name("leadglass")), "up"]
    process = Process(LEADGLASS, command, directory / "leadglass.log", {"LEADGLASS_CONFIG": str(config)})
    try:
        process.wait_listening(port)
    except BaseException:
        process.stop()
        raise
    return Side(
        LEADGLASS,
        dict.fromkeys(archives, port),
        process,
        dict.fromkeys(archives, secure),
        wanted=lambda command: _CONSOLE not in command,
        holder=lambda command: _WORKER in command,
    )


def approve_generator(data: Path, screen: int) -> None:
    """Puts the bench's peers into the application state: who asks and sends, and the screen at port ``screen``."""
    engine = open_appstate(data / "app" / "leadglass.sqlite")
    try:
        generator = Peer(
            id="bench",
            title=CALLING,
            networks=("127.0.0.1/32",),
            operations=("C-ECHO", "C-STORE", "C-FIND", "C-MOVE", "C-GET"),
            sop_classes=tuple(uid.decode() for uid in (CT_IMAGE, MR_IMAGE, *STUDY_ROOT)),
            description="the bench's generator and workstation",
            certificates=(f"name:{CLIENT}",),
            plain=True,
        )
        viewer = Peer("screen", SCREEN, ("127.0.0.1/32",), plain=True, host="127.0.0.1", port=screen)
        save_peers(engine, (generator, viewer), "bench", "127.0.0.1", "peer-created")
    finally:
        engine.dispose()
