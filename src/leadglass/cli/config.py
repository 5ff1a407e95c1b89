"""`leadglass config`: checks and shows the configuration. Starts nothing, changes nothing."""

from __future__ import annotations

import click

from leadglass.cli.context import Context, config_option, json_option
from leadglass.config.render import tables, toml


@click.group()
def config() -> None:
    """Check and show the configuration."""


@config.command()
@config_option
@json_option
@click.pass_obj
def check(context: Context) -> None:
    """Build everything a start would build (policy engine, policy tests, certificate), and start nothing."""
    from leadglass.supervise.check import check as build  # noqa: PLC0415 (slow to import, needed here only)

    configuration = context.configuration()
    generation = build(configuration)
    counts = {
        "archives": len(generation.archives),
        "routes": len(generation.routes),
        "peers": len(generation.peers),
        "listeners": len(configuration.listeners),
        "workers": configuration.gateway.workers,
    }
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    context.show(
        {"file": str(configuration.file), "ok": True, "digest": generation.digest, **counts},
        f"{configuration.file}: good ({text})",
    )


@config.command()
@config_option
@json_option
@click.pass_obj
def show(context: Context) -> None:
    """Print the configuration in effect, with every default; what the file does not set is marked."""
    configuration = context.configuration()
    context.show({**tables(configuration), "given": sorted(configuration.given)}, toml(configuration).rstrip())
