"""The hospital beside others in words and as a picture: cohort, 2007, 2005, each with n and date. Never a ranking."""

from __future__ import annotations

from leadglass.assess.report import Report
from leadglass.assess.report_parts import Compared, Share
from leadglass.reporting import pictures
from leadglass.reporting.sheet import MAX_LIST, BesideRow, Key
from leadglass.reporting.wording import cut, day

YES, NO = "yes", "no"
KEY = {
    "published": "share of hospitals that answered yes in 2007",
    "cohort": "share in the cohort, with 95 % interval",
}
LABEL = (
    "For each question the share of hospitals that answered yes, in 2007 and in the cohort, and this hospital's "
    "answer. The table below says the same."
)
MAX_OURS = 14  # characters of an answer in the picture


def shown(report: Report) -> list[Compared]:
    """The questions that have anything to be set beside."""
    return [one for one in report.comparison if one.cohort_n or one.published or one.figures][:MAX_LIST]


def rows(report: Report) -> tuple[BesideRow, ...]:
    """All of it in words."""
    return tuple(
        BesideRow(text=one.text, ours=one.ours_text or "not answered", cohort=_cohort(one), published=_published(one))
        for one in shown(report)
    )


def picture(report: Report, family: str) -> str:
    """Shares of hospitals that answer yes; empty where no question has any."""
    lines = [line for one in shown(report) if (line := _line(one)) is not None]
    return pictures.beside(lines, LABEL, family) if lines else ""


def keys(report: Report) -> tuple[Key, ...]:
    """The marks that the picture uses."""
    used = {
        "published": any(one.published for one in shown(report)),
        "cohort": any(one.cohort for one in shown(report)),
    }
    return tuple(Key(picture=pictures.beside_key(name), label=label) for name, label in KEY.items() if used[name])


def notes(report: Report) -> tuple[str, ...]:
    """What the comparison is with, and how far it goes."""
    found = shown(report)
    published = sorted({one.published_year for one in found if one.published})
    dates = sorted({one.cohort_date for one in found if one.cohort_date is not None})
    most = max((one.cohort_n for one in found), default=0)
    sentences = []
    if published:
        sentences.append(
            f"Published: Table 1 of the survey of {published[0]}, counts of answers to each question; "
            "nothing says which hospital answered what."
        )
    if dates:
        sentences.append(
            f"Cohort: answers of up to {most} hospitals, as counted on {day(dates[-1])}. In brackets stands "
            "where the share of yes lies with 95 % confidence. Where few hospitals answered, or an answer could be "
            "told from others, only their number is printed."
        )
    else:
        sentences.append("No cohort was counted yet; contributions of other hospitals make one.")
    sentences.append("To differ from others is not to be wrong, and to agree with them is not to be safe.")
    return tuple(sentences)


def footnotes(report: Report) -> tuple[str, ...]:
    """What is to be said below the table."""
    found = shown(report)
    return (
        *(f"Table 1, row {one.published_row}: {one.published_note}" for one in found if one.published_note),
        *(f"{figure.year}: {figure.source} {figure.note}" for one in found for figure in one.figures),
    )


def _line(one: Compared) -> pictures.Line | None:
    cohort, published = _yes(one.cohort), _yes(one.published)
    if cohort is None and published is None:
        return None
    interval = pictures.Share(cohort.percent, cohort.low, cohort.high) if cohort is not None else None
    mark = pictures.Share(published.percent) if published is not None else None
    plain = one.ours in {YES, NO}
    return pictures.Line(one.text, cut(one.ours_text or "not answered", MAX_OURS), plain, interval, mark)


def _yes(shares: tuple[Share, ...]) -> Share | None:
    return next((one for one in shares if one.code == YES), None)


def _words(shares: tuple[Share, ...]) -> str:
    return ", ".join(f"{one.text} {one.percent} %" for one in shares)


def _cohort(one: Compared) -> str:
    if one.cohort:
        yes = _yes(one.cohort)
        interval = ""
        if yes is not None and yes.low is not None and yes.high is not None:
            interval = f" (yes: {yes.low:.0f} to {yes.high:.0f} %)"
        return f"{_words(one.cohort)} of {one.cohort_n}{interval}"
    return f"{one.cohort_n} answered; hidden: {one.cohort_hidden}" if one.cohort_n else "–"


def _published(one: Compared) -> str:
    parts = [f"{one.published_year}: {_words(one.published)} of {one.published_n}"] if one.published else []
    parts += [f"{figure.year}: {figure.text} {figure.percent} % (n {figure.n})" for figure in one.figures]
    return "; ".join(parts) or "–"
