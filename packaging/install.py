"""Installs Leadglass from the bundle this file lies in, without network, pip or root. Never touches any data.

    python3 install.py                       # into /opt/leadglass
    python3 install.py --prefix DIR          # elsewhere
    python3 install.py --config FILE         # the new release must accept this configuration first
    python3 install.py --rollback            # back to the release before
    python3 install.py --verify              # only compare every file with SHA256SUMS

Each release has a directory of its own below ``PREFIX/releases``; ``PREFIX/bin`` is a link to the one in use, replaced
at once. A release that could not be installed whole, or that refuses the configuration, is never linked.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BUNDLE = Path(__file__).resolve().parent
CHUNK = 1 << 20
KEPT = 2  # the release in use and the one before


class InstallError(Exception):
    """What went wrong, and what to do."""


def main(arguments):
    """0 when what was asked is done."""
    parser = argparse.ArgumentParser(description="Install Leadglass from this bundle, without a network.")
    parser.add_argument("--prefix", type=Path, default=Path("/opt/leadglass"), help="where (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="a configuration that the new release must accept")
    parser.add_argument("--rollback", action="store_true", help="use the release before again")
    parser.add_argument("--verify", action="store_true", help="only check the bundle")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rollback:
            with locked(chosen.prefix) as prefix:
                print(f"in use: {rollback(prefix)}; restart the service")
            return 0
        count = verify(BUNDLE)
        if chosen.verify:
            print(f"{count} files are as SHA256SUMS says")
            return 0
        with locked(chosen.prefix) as prefix:
            release = install(prefix, chosen.config)
        print(f"in use: {release.name}; {prefix / 'bin' / 'leadglass'} --version")
    except InstallError as error:
        print(f"error: {error.args[0]}\nhint: {error.args[1]}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}\nhint: may you write there, and is there space?", file=sys.stderr)
        return 1
    return 0


class locked:  # noqa: N801 (reads as a statement)
    """The prefix, made if need be, held by one installer at a time."""

    def __init__(self, prefix):
        self._prefix = prefix.absolute()

    def __enter__(self):
        self._prefix.mkdir(parents=True, exist_ok=True)
        self._file = (self._prefix / ".lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstallError(f"another installer works in {self._prefix}", "wait until it is done") from None
        return self._prefix

    def __exit__(self, *_):
        self._file.close()


def verify(bundle):
    """Compare every file with SHA256SUMS; how many there are.

    Raises:
        InstallError: one differs, is missing, or is not named there.
    """
    lines = (bundle / "SHA256SUMS").read_text("utf-8").splitlines()
    named = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    wrong = sorted(found ^ set(named))
    wrong += [name for name in sorted(found & set(named)) if sha256(bundle / name) != named[name]]
    if wrong:
        raise InstallError(f"not as SHA256SUMS says: {', '.join(wrong[:5])}", "unpack a good copy of the bundle again")
    return len(found)


def install(prefix, config):
    """Make the release of this bundle and put it in use; its directory."""
    manifest = json.loads((BUNDLE / "manifest.json").read_text("utf-8"))
    fits(manifest)
    release = prefix / "releases" / f"{manifest['version']}-{sha256(BUNDLE / 'SHA256SUMS')[:12]}"
    stamp = release / "installed.json"
    if not stamp.exists():
        if release.exists():  # an installer was interrupted
            shutil.rmtree(release)
        print(f"installing {release.name} …", file=sys.stderr)
        try:
            run(sys.executable, "-m", "venv", "--without-pip", release)
            python = release / "bin" / "python"
            pip = (sys.executable, BUNDLE / manifest["pip"] / "pip", "--isolated", "--disable-pip-version-check")
            sources = ("--no-index", "--no-cache-dir", "--find-links", BUNDLE / "wheels")
            only = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
            wanted = ("--requirement", BUNDLE / "requirements.txt")
            run(*pip, "--python", python, "install", *sources, *only, *wanted)
            run(release / "bin" / "leadglass", "--version")
            (release / "share").mkdir()
            for part in ("docs", "licences", "systemd", "sbom.cdx.json"):
                copy(BUNDLE / part, release / "share" / part)
            copy(BUNDLE / "install.py", release / "share" / "install.py")
            stamp.write_text(json.dumps(manifest, indent=2), "utf-8")
        except BaseException:
            shutil.rmtree(release, ignore_errors=True)
            raise
    if config is not None:
        check = run(release / "bin" / "leadglass", "--config", config.absolute(), "config", "check", refused=True)
        if check:
            raise InstallError(f"{release.name} does not accept {config}: {check}", "the release before stays in use")
    use(prefix, release)
    return release


def fits(manifest):
    """Refuse a Python or a machine that the wheels were not made for."""
    here = {
        "python": ".".join(map(str, sys.version_info[:2])),
        "machine": os.uname().machine,
        "system": os.uname().sysname,
    }
    wrong = [f"{name} {manifest[name]}, not {value}" for name, value in here.items() if manifest[name] != value]
    if wrong:
        raise InstallError(f"this bundle is for {'; '.join(wrong)}", "make a bundle on a machine like this one")


def use(prefix, release):
    """Link ``release`` and remember the one before; older ones go."""
    before = in_use(prefix)
    if before != release:
        link(prefix / "bin", release / "bin")
        if before is not None:
            link(prefix / "previous", before)
    keep = {in_use(prefix), (prefix / "previous").resolve()}
    old = sorted((path for path in (prefix / "releases").iterdir() if path.resolve() not in keep), key=os.path.getmtime)
    for path in old[: len(old) + len(keep) - KEPT]:
        shutil.rmtree(path)


def rollback(prefix):
    """Use the release before; its name."""
    before, now = (prefix / "previous").resolve(), in_use(prefix)
    if now is None or not (before / "installed.json").exists():
        raise InstallError(f"{prefix} holds no release before", "install from the older bundle")
    link(prefix / "bin", before / "bin")
    link(prefix / "previous", now)
    return before.name


def in_use(prefix):
    """Directory of the release in use, or None."""
    return (prefix / "bin").resolve().parent if (prefix / "bin").is_symlink() else None


def link(place, target):
    """Make or replace a link at once; it stays good when the prefix is moved as a whole."""
    draft = place.with_name(f".{place.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(os.path.relpath(target, place.parent))
    draft.replace(place)


def copy(source, target):
    """Copy a file or a directory."""
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def sha256(path):
    """Hex digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def run(*words, refused=False):
    """Run a step without the caller's Python settings; with ``refused`` its complaint is returned, not raised."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=environment, check=False)
    if not done.returncode:
        return ""
    complaint = " ".join((done.stderr or done.stdout).split())[-500:] or f"exit {done.returncode}"
    if not refused:
        raise InstallError(
            f"{Path(str(words[0])).name} failed: {complaint}", "Debian's python3 is enough; see README.md"
        )
    return complaint


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
