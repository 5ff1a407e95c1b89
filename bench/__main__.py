"""`python -m bench`: measures everything there is. Never stops at the first part that fails."""

from __future__ import annotations

import sys

from bench import assess, gateway, network
from bench.processes import exit_at_sigterm


def main() -> int:
    """Runs every part; the highest exit status."""
    return max(part([]) for part in (gateway.main, assess.main, network.main))


if __name__ == "__main__":
    exit_at_sigterm()
    sys.exit(main())
