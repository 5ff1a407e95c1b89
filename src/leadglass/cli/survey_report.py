"""`leadglass survey report`: makes the report, in any of its forms. Changes no answer, decides nothing."""

from __future__ import annotations

import click


@click.command()
def report() -> None:
    """Make the report."""
