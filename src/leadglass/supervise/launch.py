"""The first thing a child runs: confines itself, says so to the supervisor, then becomes the named module.

``python -m leadglass.supervise.launch KIND NAME CONFIG MODULE [ARGUMENT…]``, by the supervisor only, which gives its
process id and the descriptor of the report in the environment.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import msgspec

from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.supervise.confine import confine
from leadglass.supervise.profiles import profile


def main(arguments: list[str]) -> None:
    """Confine this process and run the module in it."""
    kind, name, config, module, *rest = arguments
    parent = int(os.environ.pop("LEADGLASS_SUPERVISOR"))
    report = int(os.environ.pop("LEADGLASS_REPORT"))
    configuration = load(Path(config))
    os.umask(0o077)
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        os.environ[variable] = str(configuration.data.temporary)
    words = confine(profile(kind, name, configuration), parent)
    with os.fdopen(report, "wb") as pipe:
        pipe.write(msgspec.json.encode(words))
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LeadglassError as error:
        sys.stderr.write(f"error: {error}\nhint: {error.hint}\n")
        sys.exit(error.exit_code)
