"""The report as one page of HTML that needs nothing from elsewhere."""

from __future__ import annotations

from clientela.language import retold, say
from clientela.report import facts, page
from clientela.report.blocks import Figure
from clientela.report.contents import Contents
from clientela.report.framing import framed
from clientela.report.headlines import five
from clientela.report.localised import spoken
from clientela.report.measures import label
from clientela.report.numbers import count, score, span
from clientela.report.options import ReportOptions
from clientela.report.questions import chapters
from clientela.report.text import clean, plural

FIRST_FINDINGS = 8
MOST_FINDINGS = 80
MOST_NOTES = 8
DEFAULTS = ReportOptions()


@spoken
def render_html(contents: Contents, options: ReportOptions = DEFAULTS) -> str:
    """Return the report as one self-contained page.

    The page asks nothing of a network (a strict content security policy says so), works
    without scripts, follows the reader's light or dark theme, and prints.

    Args:
        contents: The results; stages that were not reached are said to be missing.
        options: Title.

    Returns:
        HTML text; the same contents give the same text.
    """
    findings = contents.audit.findings
    return page.render(
        "report.html.j2",
        framed(contents, options.title or contents.title or facts.source_phrase(contents)),
        five=five(contents),
        figures=_figures(contents),
        notes=[retold(clean(note, 300)) for note in contents.notes[:MOST_NOTES]],
        first=findings[:FIRST_FINDINGS],
        rest=findings[FIRST_FINDINGS:MOST_FINDINGS],
        unlisted=max(0, len(findings) - MOST_FINDINGS),
        chapters=chapters(contents),
    )


def _figures(contents: Contents) -> tuple[Figure, ...]:
    table, findings = contents.audit.table, contents.audit.findings
    items = [Figure(plural(table.rows, facts.grain(contents)).split(" ", 1)[1], count(table.rows))]
    items.append(Figure(say("columns"), count(table.columns)))
    items.append(
        Figure(
            say("findings"), count(len(findings)), say("{serious} serious", serious=count(len(facts.serious(contents))))
        )
    )
    if contents.model is not None:
        metric = facts.telling(contents.model)
        items.append(Figure(label(metric.name), score(metric.estimate.value), span(metric.estimate, score)))
    if contents.segments is not None:
        items.append(Figure(say("segments"), count(len(contents.segments.segments))))
    return tuple(items)
