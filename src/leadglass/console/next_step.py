"""What to do next in the assessment: one sentence with a place to go, and no more than one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadglass.assessor.current import Assessment
from leadglass.console.contradiction import Contradiction
from leadglass.console.roles import Permission
from leadglass.console.survey_view import Survey, minutes
from leadglass.console.text import plural


@dataclass(frozen=True, slots=True)
class Step:
    """The next step.

    Attributes:
        text, hint: what, and why now.
        link, action: where to do it.
        permission: what doing it takes.
    """

    text: str
    hint: str
    link: str
    action: str
    permission: Permission


def next_step(
    assessment: Assessment, survey: Survey, found: Sequence[Contradiction], proposed: int, waiting: int
) -> Step:
    """The step that helps most now.

    Args:
        assessment: as it stands.
        survey: the same answers, as pages show them.
        found: all contradictions.
        proposed: gaps without a risk.
        waiting: risks that somebody has to look at.
    """
    progress = assessment.view.progress
    open_ones = sum(not one.settled for one in found)
    begun = progress.asked - progress.unanswered
    if open_ones:
        return Step(
            f"Look at {plural(open_ones, 'contradiction')}",
            "What was answered and what was seen cannot both be right; nothing here is worth more than finding out.",
            "/assess/contradictions",
            "Look at them" if open_ones > 1 else "Look at it",
            "decide",
        )
    if progress.unanswered:
        left = minutes(progress.seconds_left)
        name = assessment.view.next_after()
        row = survey.rows[name] if name else None
        return Step(
            f"{'Go on with' if begun else 'Begin'} the survey: {plural(progress.unanswered, 'question')}, {left}",
            "“I do not know” is an answer. Sections can be given to those who know, by link.",
            f"/assess/survey/{row.section.id}/{row.question.id}" if row else "/assess/survey",
            "Next question" if begun else "First question",
            "answer",
        )
    if proposed:
        return Step(
            f"Put {plural(proposed, 'gap')} into the risk register",
            "A gap that nobody rates, owns and dates stays one.",
            "/assess/risks",
            "See what is proposed",
            "decide",
        )
    if waiting:
        return Step(
            f"Look at {plural(waiting, 'risk')}",
            "They are overdue, owned by nobody, or their acceptance ended.",
            "/assess/risks",
            "See the register",
            "decide",
        )
    if progress.unknown:
        return Step(
            f"Find out what {plural(progress.unknown, 'question')} could not say",
            "They were answered “I do not know”. Each question says how to find out, and who would know.",
            "/assess/survey/check",
            "See all answers",
            "answer",
        )
    return Step(
        "Make the report",
        "Everything is answered, nothing is contradicted unseen, every gap has a risk.",
        "/assess/report",
        "Report",
        "assessment",
    )
