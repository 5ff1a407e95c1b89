"""`leadglass network import`: makes or extends a hospital's network file from what it has. Compares nothing."""

from __future__ import annotations

from pathlib import Path

import click

from leadglass.cli.context import EXIT_CLEAN, Context, counted, json_option
from leadglass.cli.files import read_bounded, write_whole
from leadglass.config.network import MAX_HOSPITAL, MODELS, load_model, parse_hospital
from leadglass.errors import LeadglassError, Place
from leadglass.model.neutral import neutral
from leadglass.network.hospital import Hospital
from leadglass.network.hospital_file import write
from leadglass.network.importers import IMPORTERS
from leadglass.network.importers.fault import MAX_FILE, ConfigurationUnreadable
from leadglass.network.intake import HOSPITAL, INVENTORIES, ZONES, Taken, intake, safe_name, taken


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The hospital's network file; one that is there is extended.")  # fmt: skip
@click.option("--name", default="", help="Of the hospital, in a new file.")
@click.option("--model", type=click.Choice(MODELS), default=MODELS[-1], show_default=True, help="For a new file.")
@click.option(
    "--kind",
    type=click.Choice([*sorted(IMPORTERS), ZONES, *INVENTORIES]),
    help="What the files are, where they do not tell.",
)
@json_option
@click.pass_obj
def import_(context: Context, files: tuple[Path, ...], output: Path, name: str, model: str, kind: str | None) -> int:
    """Make the network file of a hospital from backups of firewalls and a list of subnets (CSV: cidr, zone, label).

    An inventory (NetBox JSON, nmap XML) adds machines and zones, and overwrites nothing.

    Copies of the configurations, secrets masked, are put beside it. What has to be asked stands above it, as comments.
    """
    base = _base(output)
    handed = [taken(file.name, _text(file), kind or "") for file in files]
    described = next((one for one in handed if one.kind == HOSPITAL), None)
    if described is not None:
        raise ConfigurationUnreadable(
            "this is a hospital's network file already", f"name it with --output instead of {output}", described.name
        )
    made = intake(handed, load_model(base.model if base is not None and base.model in MODELS else model), base, name)
    copies = [one for one in made.configurations if _to_copy(one, files, output.parent)]
    for one in copies:
        write_whole(output.parent / one.name, one.text.encode())
    write_whole(output, write(made.draft.hospital, made.draft.questions).encode())
    hospital = made.draft.hospital
    value = {
        "file": str(output),
        "zones": len(hospital.zones),
        "filters": len(hospital.filters),
        "copies": [one.name for one in copies],
        "questions": list(made.draft.questions),
    }
    lines = [f"{output}: {counted(len(hospital.zones), 'zone')}, {counted(len(hospital.filters), 'filter')}"]
    lines += [f"  {one.name}: {one.kind}, copied with secrets masked" for one in copies]
    lines += ["To be answered:", *(f"  {number}. {one}" for number, one in enumerate(made.draft.questions, 1))]
    lines.append(f"Then: leadglass network compare {output}")
    context.show(value, "\n".join(map(neutral, lines)))
    return EXIT_CLEAN


def _base(output: Path) -> Hospital | None:
    if not output.exists():
        return None
    return parse_hospital(read_bounded(output, MAX_HOSPITAL).decode("utf-8", "replace"), str(output))


def _text(file: Path) -> str:
    data = read_bounded(file, MAX_FILE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # comments of old boxes; every byte is some character


def _to_copy(one: Taken, files: tuple[Path, ...], folder: Path) -> bool:
    """Whether a masked copy has to be written: not where the file itself stands in the folder.

    Raises:
        LeadglassError: another file of its name is there.
    """
    target = folder / one.name
    own = next(file for file in files if safe_name(file.name) == one.name)
    if not target.exists():
        return True
    if target.resolve() == own.resolve():
        return False
    if target.read_bytes() == one.text.encode():
        return False
    raise LeadglassError(
        "another file of this name is there", "move it, or rename the one you import", Place(str(target))
    )
