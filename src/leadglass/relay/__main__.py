"""``python -m leadglass.relay``: one relay worker, started by the supervisor with its listening descriptors."""

from __future__ import annotations

import argparse
from pathlib import Path

from leadglass.config import load
from leadglass.relay.worker import RelayWorker


def main() -> None:
    """Run a worker until it is told to stop."""
    parser = argparse.ArgumentParser(prog="leadglass.relay")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--listen", default="", help="descriptors, comma separated")
    arguments = parser.parse_args()
    listeners = [int(descriptor) for descriptor in arguments.listen.split(",") if descriptor]
    RelayWorker(load(arguments.config), arguments.worker, listeners).run()


if __name__ == "__main__":
    main()
