"""Makes the offline installation: one tar with wheels, digests, bill of materials, licences, unit and documentation.

    python3 scripts/bundle.py [DIRECTORY]    # dist/ by default

Wheels come by the hashes of `requirements.lock`, for the Python that runs this; our own is built by the backend that
`requirements-build.lock` pins. The same sources on the same machine give the same bytes: names are sorted, times are
fixed, owners are nobody's.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sbom  # beside this file
import setup as set_up  # beside this file

ROOT = set_up.ROOT
LOCK = "requirements.lock"
BUILD_LOCK = ROOT / "requirements-build.lock"
TIME = 315_532_800  # 1980-01-01, the oldest that wheels can hold
_DOCUMENTS = ("ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "SECURITY.md")


def main(arguments):
    """0 when the bundle is there."""
    try:
        made = build(ROOT, Path(arguments[0]) if arguments else ROOT / "dist")
    except set_up.SetupError as error:
        print(f"error: {error.args[0]}\nhint: {error.args[1]}", file=sys.stderr)
        return 1
    print(f"{made}\n{made.with_name(made.name + '.sha256').read_text('utf-8').split()[0]}")
    return 0


def build(root, directory):
    """Make the bundle of the sources at ``root`` in ``directory``; the tar's path, its digest beside it."""
    wheels = [sbom.read(path) for path in fetched(root / LOCK)]
    with tempfile.TemporaryDirectory(prefix="leadglass-bundle-") as scratch:
        product = sbom.read(own_wheel(root, Path(scratch) / "own"))
        name = f"leadglass-{product.version}-cp{sys.version_info[0]}{sys.version_info[1]}-{os.uname().machine}"
        tree = Path(scratch) / name
        fill(tree, root, product, wheels)
        directory.mkdir(parents=True, exist_ok=True)
        draft, made = directory / f".{name}.tar", directory / f"{name}.tar"
        pack(tree, draft)
        digest = hashlib.sha256(draft.read_bytes()).hexdigest()
        draft.replace(made)
    made.with_name(made.name + ".sha256").write_text(f"{digest}  {made.name}\n", "utf-8")
    return made


def fetched(lock):
    """Paths of the wheels that ``lock`` names, kept below build/ by what they were fetched for."""
    home = ROOT / "build" / "wheels" / key(lock)
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as draft:  # appears whole or not at all
            into = Path(draft) / "wheels"
            set_up.run(set_up.pip("download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
                                  "--disable-pip-version-check", "--dest", into, "--requirement", lock))  # fmt: skip
            try:
                into.rename(home)
            except OSError:  # another make was faster
                if not home.is_dir():
                    raise
    known = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text("utf-8")))
    wheels = sorted(home.glob("*.whl"))
    for path in wheels:
        if hashlib.sha256(path.read_bytes()).hexdigest() not in known:
            raise set_up.SetupError(f"{path.name} is not in {lock.name}", f"remove {home} and try again")
    return wheels


def key(lock):
    """What the files fetched depend on: the lock, this Python and this machine."""
    parts = (lock.read_bytes(), sys.version.encode(), os.uname().machine.encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def own_wheel(root, directory):
    """Our own wheel, built by the pinned backend at a fixed time."""
    backend = ROOT / "build" / "backend" / key(BUILD_LOCK)
    if not backend.is_dir():
        backend.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=backend.parent) as draft:
            target = Path(draft) / "backend"
            set_up.run(set_up.pip("install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
                                  "--disable-pip-version-check", "--root-user-action", "ignore", "--target", target,
                                  "--requirement", BUILD_LOCK))  # fmt: skip
            try:
                target.rename(backend)
            except OSError:
                if not backend.is_dir():
                    raise
    environment = {**os.environ, "PYTHONPATH": str(backend), "SOURCE_DATE_EPOCH": str(TIME)}
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise set_up.SetupError(f"the wheel could not be built: {done.stderr.strip()[-300:]}", "see pyproject.toml")
    (wheel,) = directory.glob("*.whl")
    return wheel


def fill(tree, root, product, wheels):
    """Lay everything out below ``tree``."""
    (tree / "wheels").mkdir(parents=True)
    for wheel in (product, *wheels):
        shutil.copy(wheel.path, tree / "wheels" / wheel.path.name)
    shutil.copy(set_up.PIP, tree / set_up.PIP.name)
    pins = sorted(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in (product, *wheels))
    write(tree / "requirements.txt", "".join(pins))
    write(tree / "sbom.cdx.json", json.dumps(sbom.bill(product, wheels), indent=2, ensure_ascii=False) + "\n")
    for wheel in (product, *wheels, sbom.read(set_up.PIP)):
        if not wheel.legal:
            raise set_up.SetupError(f"{wheel.path.name} holds no licence text", "hospitals ask for it")
        for name, text in wheel.texts(wheel.legal):
            write(tree / "licences" / f"{wheel.name}-{wheel.version}" / name, text)
        for name, text in wheel.texts(wheel.sboms):
            write(tree / "sboms" / f"{wheel.name}-{wheel.version}" / name, text)
    write(tree / "install.py", (root / "packaging" / "install.py").read_bytes())
    write(tree / "README.md", (root / "packaging" / "BUNDLE.md").read_bytes())
    write(tree / "systemd" / "leadglass.service", (root / "packaging" / "leadglass.service").read_bytes())
    for path in sorted((root / "docs").rglob("*")):
        if path.is_file():
            write(tree / "docs" / path.relative_to(root / "docs"), path.read_bytes())
    for name in _DOCUMENTS:
        write(tree / name, (root / name).read_bytes())
    manifest = {
        "version": product.version,
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "system": os.uname().sysname,
        "machine": os.uname().machine,
        "pip": set_up.PIP.name,
    }
    write(tree / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files]
    write(tree / "SHA256SUMS", "".join(sums))


def pack(tree, path):
    """A tar of ``tree`` whose bytes depend on names and contents alone."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for item in (tree, *sorted(tree.rglob("*"))):
            entry = tarfile.TarInfo(str(item.relative_to(tree.parent)))
            entry.mtime = TIME
            if item.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            else:
                entry.mode, entry.size = 0o644, item.stat().st_size
                with item.open("rb") as file:
                    tar.addfile(entry, file)


def write(path, content):
    """Write text or bytes, its directory too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
