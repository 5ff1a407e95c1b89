"""The engine of what is in force, and of a candidate, for pages that judge the record again. Changes neither."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from leadglass.config import PolicyFiles
from leadglass.console.context import Console
from leadglass.flow.surroundings import Rules
from leadglass.model.generation import Generation
from leadglass.policy import defaults
from leadglass.policy.engine import Engine
from leadglass.policy.source import join
from leadglass.registrar.generations import build
from leadglass.store.appstate.peers import load_peers

CANDIDATE = "candidate.cedar"  # where faults of a text typed into a form are said to stand


def in_force(console: Console) -> Generation:
    """Configuration and registry of now; policy tests are not run.

    Raises:
        ConfigurationError: policies or peers cannot be used.
    """
    configuration = console.configuration()
    plain = dataclasses.replace(configuration, policy=PolicyFiles(configuration.policy.files))
    return build(plain, load_peers(console.engine), 0)


def with_policies(generation: Generation, text: str) -> Generation:
    """The same with another text in the place of the hospital's own policies."""
    own = join([(CANDIDATE, text)]) if text.strip() else ""
    return dataclasses.replace(generation, policies="\n".join(filter(None, (defaults(), own))))


def engine_of(generation: Generation) -> Engine:
    """Its engine, as a worker builds it.

    Raises:
        ConfigurationError: policies or peers cannot be used.
    """
    return Rules.build(generation).engine


def own_policies(console: Console) -> str:
    """The hospital's own policy files as one text; empty where one cannot be read."""
    return "\n".join(filter(None, map(_text, console.configuration().policy.files)))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
