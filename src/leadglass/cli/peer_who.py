"""`leadglass peer who`: which device a caller would be, and what keeps it from being one. Changes nothing."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, json_option
from leadglass.cli.peer_file import Shown, proof_of
from leadglass.cli.registry_change import engine_of
from leadglass.model.certificate import Certificate
from leadglass.policy.bindings import NAMED
from leadglass.policy.registry import Match, Registry
from leadglass.store.appstate.certificates import load_certificates
from leadglass.store.appstate.peers import load_peers


@click.command()
@click.argument("address")
@click.argument("title")
@click.option("--certificate", default="", help="What it shows: a file (PEM or DER), or sha256:DIGEST.")
@click.option("--trusted", is_flag=True, help="The hospital's trust list vouches for that certificate.")
@click.option("--tls", is_flag=True, help="It calls over TLS and shows no certificate; without both: no TLS.")
@config_option
@json_option
@click.pass_obj
def who(context: Context, address: str, title: str, certificate: str, trusted: bool, tls: bool) -> int:
    """Say which device a caller at ADDRESS with TITLE is by the registry, or why it is none; exit 1 for none."""
    engine = engine_of(context)
    peers, known = load_peers(engine), load_certificates(engine)
    grace = context.configuration().settings.expired_grace_days
    now = int(time.time())
    shown: Certificate | None = None
    if certificate:
        if certificate.startswith(NAMED):
            raise click.UsageError("give a file or a digest: a name proves nothing by itself")
        read: Shown = {}
        proof = proof_of(certificate, Path(), read)
        end = known[proof].not_after if proof in known else 0
        shown = msgspec.structs.replace(read.get(proof) or Certificate(proof, not_after=end), trusted=trusted)
    found = Registry(peers, grace).match(address, title, shown, tls or shown is not None, now)
    refused = bool(found.cause)
    context.show(
        {
            "peer": found.peer.id if found.peer and not refused else "",
            "cause": str(found.cause),
            "nearest": found.nearest,
            "failed": found.failed,
            "refused_in_every_mode": found.always,
            "until": found.until,
        },
        _words(found, now),
    )
    return EXIT_FINDINGS if refused else EXIT_CLEAN


def _words(found: Match, now: int) -> str:
    if found.cause:
        how = "refused in every mode" if found.always else "refused where a route enforces"
        near = f"\nnearest is {found.nearest}" if found.nearest else ""
        return f"nobody ({found.cause}), {how}: {found.failed}{near}"
    assert found.peer is not None  # no cause, so somebody
    text = found.peer.id
    if found.unpinned:
        text += ", by its address: that certificate is pinned to nobody"
    if found.until:
        text += f", for another {max((found.until - now) // 86_400, 0)} days"
    return text
