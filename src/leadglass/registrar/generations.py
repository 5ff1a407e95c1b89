"""Builds a generation from configuration and registry, and proves that a worker can use it. Never commits one."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import msgspec

from leadglass.config import Configuration
from leadglass.config.values import TlsFiles
from leadglass.errors import ConfigurationError, Place
from leadglass.io import tls_files
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.model.tls import Tls
from leadglass.policy import defaults
from leadglass.policy.check import accept
from leadglass.policy.engine import Engine
from leadglass.policy.registry import Registry
from leadglass.policy.source import join

MAX_POLICY_FILE = 1_048_576  # bytes


def build(configuration: Configuration, peers: tuple[Peer, ...], number: int) -> Generation:
    """The generation of this configuration and registry, accepted by the policy engine and by the policy's tests.

    Args:
        configuration: loaded.
        peers: the whole registry.
        number: its number, see `Generation`.

    Raises:
        ConfigurationError: a policy file cannot be read, policies or peers cannot be used, or a policy test fails.
    """
    files = tuple((str(path), _text(path)) for path in configuration.policy.files)
    generation = Generation(
        number,
        configuration.site.timezone,
        configuration.settings,
        configuration.archives,
        configuration.routes,
        peers,
        "\n".join(filter(None, (defaults(), join(files)))),
        digest="",
        tls=None if configuration.tls is None else tls(configuration.tls),
    )
    generation = dataclasses.replace(generation, digest=digest(generation))
    Registry(peers)
    check_destinations(generation)
    Engine.build(generation)
    for path in configuration.policy.tests:
        accept(generation, _text(path), str(path))
    return generation


def check_destinations(generation: Generation) -> None:
    """That a called title leads to one place: an archive by its route, or one device that listens.

    Raises:
        ConfigurationError: it leads to two.
    """
    routes = {route.called for route in generation.routes}
    devices: dict[str, str] = {}
    for peer in generation.peers:
        if not peer.host or peer.status != "approved":
            continue
        if peer.title in routes:
            raise ConfigurationError(
                f"the device {peer.id!r} listens as {peer.title!r}, and a route is called by that title",
                "a called title leads to one place: take host and port from the device, or call the route otherwise",
            )
        if peer.title in devices:
            raise ConfigurationError(
                f"the devices {devices[peer.title]!r} and {peer.id!r} both listen as {peer.title!r}",
                "a called title leads to one place: give one of them another title, or take its host and port away",
            )
        devices[peer.title] = peer.id


def tls(files: TlsFiles) -> Tls:
    """The certificates of the data plane, as they are now. The keys are not looked at: workers alone may.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    named = Tls(
        str(files.certificate),
        str(files.key),
        str(files.client_certificate),
        str(files.client_key),
        tuple(map(str, files.trust)),
        tuple(map(str, files.revocation)),
    )
    return dataclasses.replace(named, digest=tls_files.digest(named))


def digest(generation: Generation) -> str:
    """SHA-256 in hex over everything but number and digest: equal content, equal digest."""
    content = dataclasses.replace(generation, number=0, digest="")
    return hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()


def difference(old: Generation | None, new: Generation) -> str:
    """What changed between two generations, in words; names only, nothing about patients."""
    if old is None:
        return f"{len(new.routes)} routes, {len(new.archives)} archives, {len(new.peers)} peers"
    words = []
    for name in ("routes", "archives", "peers"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            changed = len(set(after) - set(before))
            words.append(f"{name}: {len(before)} before, {len(after)} now, {changed} new or changed")
    others = ("zone", "settings", "policies", "tls")
    words.extend(f"{name} changed" for name in others if getattr(old, name) != getattr(new, name))
    return "; ".join(words) or "nothing changed"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_POLICY_FILE + 1)
        if len(raw) > MAX_POLICY_FILE:
            raise ConfigurationError(f"larger than {MAX_POLICY_FILE} bytes", "split it", Place(str(path)))
        return raw.decode("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read: {error.strerror}", "check [policy] in the configuration", Place(str(path))
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError("not UTF-8", "save the file as UTF-8", Place(str(path))) from None
