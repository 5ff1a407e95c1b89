"""Makes `.venv` with exactly what a lock names, from a bare Python 3.11 and the network. Never needs root, pip or venv.

    python3 scripts/setup.py demo    # what `make run` needs
    python3 scripts/setup.py dev     # what `make test` needs; holds all of demo
    python3 scripts/setup.py oscal   # the reader of OSCAL that the tests ask, apart in `.venv-oscal`
    python3 scripts/setup.py uv      # only the installer; prints its path

Debian's Python has no ensurepip, so pip comes as a wheel beside this file; pip installs uv and uv installs the rest,
each file by its hash. Where packages come from is the machine's own setting (pip's or uv's). A second run does nothing.
"""

import ast
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = ROOT / "scripts" / "vendor" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
SETUP_LOCK = ROOT / "requirements-setup.lock"
VENV = ROOT / ".venv"
LOCKS = {name: ROOT / f"requirements-{name}.lock" for name in ("demo", "dev", "oscal")}
HOMES = {"demo": VENV, "dev": VENV, "oscal": ROOT / ".venv-oscal"}
HOLDS = {"demo": ("demo",), "dev": ("demo", "dev"), "oscal": ("oscal",)}
STAMP = "leadglass-setup.json"
OLDEST = (3, 11)

# Names of pip's settings, and how uv is told.
_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}
_ENVIRONMENT = {"cert": "SSL_CERT_FILE", "proxy": "ALL_PROXY", "timeout": "UV_HTTP_TIMEOUT"}

_LAUNCHER = """#!{python}
import sys
from leadglass.cli.main import main
sys.exit(main())
"""


class SetupError(Exception):
    """Something a person must do first: what, and how."""


def main(arguments):
    """Set up what is named; 0 when it is there."""
    try:
        if sys.version_info < OLDEST:
            raise SetupError(
                f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old",
                "install Python 3.11 or later and run: make PYTHON=/path/to/python3 …",
            )
        if len(arguments) != 1 or arguments[0] not in {*LOCKS, "uv"}:
            raise SetupError("name one of: demo, dev, oscal, uv", "python3 scripts/setup.py demo")
        (ROOT / "build").mkdir(exist_ok=True)
        with (ROOT / "build" / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` side by side
            if arguments[0] == "uv":
                print(installer())
            else:
                environment(arguments[0])
    except SetupError as error:
        print(f"error: {error.args[0]}\nhint: {error.args[1]}", file=sys.stderr)
        return 1
    return 0


def environment(kind):
    """Bring the home of ``kind`` to its lock, unless it is there already."""
    home = HOMES[kind]
    wanted = {name: fingerprint(LOCKS[name]) for name in HOLDS[kind]}
    made = stamp(home)
    if made.get(kind) == wanted[kind]:
        return
    uv = installer()
    python = home / "bin" / "python"
    print(f"setting up {home.name} ({LOCKS[kind].name}) …", file=sys.stderr)
    if not works(python) or made.get("python") != sys.executable:
        run([uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", sys.executable, home])
    (home / STAMP).unlink(missing_ok=True)
    options, told = sources()
    sync = [uv, "pip", "sync", "--python", python, "--require-hashes", "--only-binary", ":all:"]
    run([*sync, *options, LOCKS[kind]], told)
    if home == VENV:
        leadglass(python)
    (home / STAMP).write_text(json.dumps({"python": sys.executable} | wanted), "utf-8")


def leadglass(python):
    """Make this tree the package `leadglass` of `.venv`, and its command."""
    packages = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    (Path(packages) / "leadglass.pth").write_text(f"{ROOT / 'src'}\n", "utf-8")
    launcher = VENV / "bin" / "leadglass"
    launcher.write_text(_LAUNCHER.format(python=python), "utf-8")
    launcher.chmod(0o755)


def installer():
    """The pinned uv, installed by the vendored pip where it is not there yet."""
    home = ROOT / "build" / "setup" / fingerprint(SETUP_LOCK)[:16]
    uv = home / "bin" / "uv"
    if works(uv):
        return uv
    if hashlib.sha256(PIP.read_bytes()).hexdigest() != PIP_SHA256:
        raise SetupError(f"{PIP.name} is not what it should be", "take it from the repository again")
    print("fetching uv …", file=sys.stderr)
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as draft:  # appears whole or not at all
        target = Path(draft) / "uv"
        run(pip("install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", target,
                "--disable-pip-version-check", "--root-user-action", "ignore", "-r", SETUP_LOCK))  # fmt: skip
        if home.exists():
            home.rename(Path(draft) / "broken")
        target.rename(home)
    if not works(uv):
        raise SetupError("uv does not run on this machine", f"{uv} --version says why")
    return uv


def pip(*arguments):
    """The command line of the vendored pip."""
    return [sys.executable, PIP / "pip", *arguments]


def sources():
    """Options and environment that give uv the settings of this machine's pip, where it has none of its own.

    Every file is checked by its hash, so that any index may serve it. Trust is the system's: proxies may look into TLS.
    """
    options, environment = ["--system-certs"], {}
    given = any(name in os.environ for name in ("UV_INDEX", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_FIND_LINKS"))
    for name, value in settings():
        if name in _OPTIONS and not given:
            options += [word for one in value.split() for word in (_OPTIONS[name], one)]
        elif name in _ENVIRONMENT and _ENVIRONMENT[name] not in os.environ:
            environment[_ENVIRONMENT[name]] = value
    return [*options, "--index-strategy", "unsafe-best-match"], environment


def settings():
    """What pip is set to, by files and environment: (name, value)."""
    command = [str(part) for part in pip("config", "list")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in lines:
        name, _, value = line.partition("=")
        yield name.rpartition(".")[2], ast.literal_eval(value)


def fingerprint(lock):
    """What the set-up depends on: the lock, this Python, and where the tree stands."""
    parts = (lock.read_bytes(), os.fsencode(sys.executable), sysconfig.get_python_version().encode(), os.fsencode(ROOT))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stamp(home):
    """The fingerprints ``home`` was made from; empty when it does not run."""
    try:
        return json.loads((home / STAMP).read_text("utf-8")) if works(home / "bin" / "python") else {}
    except (OSError, ValueError):
        return {}


def works(program):
    """Whether a program starts."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command, environment=None):
    """Run a step of the set-up with more ``environment``, its words shown on stderr.

    Raises:
        SetupError: it failed.
    """
    words = [str(part) for part in command]
    done = subprocess.run(words, env={**os.environ, **(environment or {})}, stdout=sys.stderr, check=False)
    if done.returncode:
        raise SetupError(
            f"{Path(command[0]).name} failed (exit {done.returncode})",
            "is the network there? packages come from where pip is set to ('index-url' in pip.conf, PIP_INDEX_URL)",
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
