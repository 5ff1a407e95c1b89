"""Where a bench runs: machine, versions, disk. Measures fsync there; never claims anything about another machine."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from importlib import metadata
from pathlib import Path

import leadglass
from bench.processes import BenchError
from bench.sides import executable

REPOSITORY = Path(__file__).resolve().parents[1]
_NOT_A_DISK = {"tmpfs", "ramfs", "devtmpfs"}


def directory() -> Path:
    """Where a bench keeps its files: ``$BENCH_DIR``, else ``build/bench`` of the repository; on a real disk.

    Raises:
        BenchError: it lies in memory.
    """
    path = Path(os.environ.get("BENCH_DIR") or REPOSITORY / "build" / "bench").resolve()
    path.mkdir(parents=True, exist_ok=True)
    kind = file_system(path)
    if kind in _NOT_A_DISK:
        raise BenchError(f"{path} lies in memory ({kind})", "set BENCH_DIR to a directory on a disk")
    return path


def file_system(path: Path) -> str:
    """The type of the file system ``path`` lies on, "ext4"."""
    best, kind = "", ""
    for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines():
        mount, _, tail = line.partition(" - ")
        point = mount.split()[4].replace("\\040", " ")
        inside = path.is_relative_to(point)
        if inside and len(point) >= len(best):
            best, kind = point, tail.split()[0]
    return kind


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def fsync_microseconds(where: Path, count: int) -> list[float]:
    """Times of ``count`` fdatasyncs of 4 KiB written into a preallocated file, as the journal does it."""
    path = where / "fsync"
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
    block = bytes(4096)
    try:
        for _ in range(256):
            os.write(fd, block)
        os.fsync(fd)
        times = []
        for i in range(count):
            os.pwrite(fd, block, 4096 * (i % 256))
            start = time.perf_counter()
            os.fdatasync(fd)
            times.append((time.perf_counter() - start) * 1e6)
        return times
    finally:
        os.close(fd)
        path.unlink()


def machine(where: Path) -> dict[str, str]:
    """The machine in words."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    return {
        "cpu": f"{cpu}, {cores()} cores",
        "memory": f"{pages / 2**30:.1f} GiB",
        "kernel": platform.release(),
        "disk": file_system(where),
    }


def versions() -> dict[str, str]:
    """What was measured with what."""
    said = {
        "python": platform.python_version(),
        "haproxy": _first_line(executable("haproxy"), "-v"),
        "orthanc": _first_line(executable("Orthanc"), "--version"),
        "dcmtk": _first_line(executable("storescu"), "--version"),
    }
    said["leadglass"] = leadglass.__version__
    for name in ("pynetdicom", "pydicom", "cedarpy", "msgspec"):
        said[name] = metadata.version(name)
    return said


def _first_line(*command: str) -> str:
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    return out.splitlines()[0].strip("$ ")
