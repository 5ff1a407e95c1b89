"""`leadglass survey`: the assessment's survey from the command line. Mounts its commands; does no work itself."""

from __future__ import annotations

import click

from leadglass.cli.survey_cohort import cohort
from leadglass.cli.survey_export import export
from leadglass.cli.survey_import import import_
from leadglass.cli.survey_report import report


@click.group()
def survey() -> None:
    """Import and export the survey's answers, set hospitals side by side, and make the report."""


for command in (import_, export, cohort, report):
    survey.add_command(command)
