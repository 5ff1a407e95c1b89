"""`python -m leadglass`: the command line."""

from __future__ import annotations

from leadglass.cli.main import main

if __name__ == "__main__":
    main()
