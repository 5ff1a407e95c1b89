"""Runs every fuzz target for a while under coverage guidance; fails when one crashes.

    python tests/fuzz/run.py --seconds 60 [TARGET …]

Each target runs in a process of its own, from its vectors as seeds. An input that crashes is kept in ``build/fuzz``;
``python tests/fuzz/run.py --replay FILE TARGET`` runs it again. Never part of the ordinary tests.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.fuzz.targets import MAX_INPUT, TARGETS, Target  # noqa: E402 - the root must be on the path first

FINDINGS = ROOT / "build" / "fuzz"
MEMORY = 1_024
"""MiB a target may take."""
PATIENCE = 10
"""Seconds one input may take."""


def _fuzz(target: Target, options: list[str]) -> None:
    """Become the fuzzer; does not return."""
    import atheris

    for name in [name for name in sys.modules if name.startswith("leadglass.wire") or name == "tests.fuzz.targets"]:
        del sys.modules[name]  # to be imported again with instruments
    with atheris.instrument_imports(include=["leadglass.wire"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS as INSTRUMENTED

    entry = next(other.entry for other in INSTRUMENTED if other.name == target.name)
    atheris.Setup([sys.argv[0], *options], entry)
    atheris.Fuzz()


def _run(target: Target, seconds: int) -> bool:
    """One target in a process of its own; whether it held."""
    crashes = FINDINGS / target.name
    crashes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(target.seeds()):
            (Path(corpus) / f"seed-{number:04}").write_bytes(seed)
        options = [
            *(f"-max_total_time={seconds}", f"-max_len={MAX_INPUT}", f"-rss_limit_mb={MEMORY}", f"-timeout={PATIENCE}"),
            *(f"-artifact_prefix={crashes}/", "-print_final_stats=1", corpus),
        ]
        done = subprocess.run(
            [sys.executable, __file__, "--become", target.name, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    output = done.stdout.decode("utf-8", "replace")
    executed = next((line.split()[-1] for line in output.splitlines() if "number_of_executed_units" in line), "0")
    held = done.returncode == 0 and int(executed) > 0
    report = f"{target.name:14} {'held' if held else 'CRASHED'} after {executed} inputs\n"
    sys.stdout.write(report if held else report + output[-8_000:])
    sys.stdout.flush()
    return held


def main(arguments: list[str]) -> int:
    """The command line; 1 when a target crashed."""
    by_name = {target.name: target for target in TARGETS}
    if arguments[:1] == ["--become"]:
        _fuzz(by_name[arguments[1]], arguments[2:])
    parser = argparse.ArgumentParser(description="Fuzz the parsers under coverage guidance.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--replay", type=Path, help="run one input again, without the fuzzer")
    parser.add_argument("targets", nargs="*", choices=[[], *by_name], help="all when none is named")
    options = parser.parse_args(arguments)
    targets = [by_name[name] for name in options.targets] or list(TARGETS)
    if options.replay:
        for target in targets:
            target.entry(options.replay.read_bytes())
        return 0
    crashed = [target.name for target in targets if not _run(target, options.seconds)]
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
