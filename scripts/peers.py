"""Sees to it that the tests' real peers (`scripts/peers.txt`) are installed: as root installs them, else says how."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LIST = Path(__file__).with_name("peers.txt")
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin", "/sbin", "/bin"))


def missing():
    """Debian packages of which the program is not there."""
    rows = [line.split() for line in LIST.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [package for package, program in rows if shutil.which(program, path=_PATH) is None]


def main():
    """0 when all are there."""
    packages = missing()
    if not packages:
        return 0
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() == 0 and shutil.which("apt-get", path=_PATH):
        print(f"installing the tests' peers: {' '.join(packages)}", file=sys.stderr)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": _PATH}
        subprocess.run(["apt-get", "update", "--quiet"], env=environment, stdout=sys.stderr, check=False)
        subprocess.run([*command, "--quiet"], env=environment, stdout=sys.stderr, check=False)
        packages = missing()
        if not packages:
            return 0
    print(f"error: the tests need {', '.join(packages)}", file=sys.stderr)
    print(f"hint: run as root: apt-get update && {' '.join(command)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
