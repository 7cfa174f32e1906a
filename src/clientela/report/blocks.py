"""What a report is built from, before any renderer: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clientela.domain.finding import Finding


@dataclass(frozen=True)
class Heading:
    """A heading inside a chapter."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list; `ordered` where the order is part of what is said."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Figure:
    """One key number: what it is, the number as text, and a short note."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """A row of key numbers."""

    items: tuple[Figure, ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What is shown.
        order: What the cell is sorted by; None sorts by text.
        share: Length of a bar beside the text, 0 to 1, or None.
        bars: Heights of a tiny distribution, 0 to 1 each, instead of text.
        note: A word beside the text, smaller.
        links: (text, part of the page) of each link, instead of text.
        page: File of another page beside this one that the text leads to, or "".
    """

    text: str
    order: float | None = None
    share: float | None = None
    bars: tuple[float, ...] = ()
    note: str = ""
    links: tuple[tuple[str, str], ...] = ()
    page: str = ""


@dataclass(frozen=True)
class Head:
    """The head of one table column; numbers stand right."""

    text: str
    numeric: bool = False


@dataclass(frozen=True)
class TableBlock:
    """A table.

    Attributes:
        caption: What it shows, in one phrase.
        heads: One per column.
        rows: Cells, one tuple per row.
        search: Whether it is long enough to be searched and sorted.
        note: What is left out, or how to read it.
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    search: bool = False
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart as a Vega-Lite specification.

    Attributes:
        title: What it shows, as a sentence or phrase.
        alt: The same in words, with the main numbers, for those who cannot see it.
        spec: Vega-Lite without colours of its own (see `palette`).
        note: How to read it.
    """

    title: str
    alt: str
    spec: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Callout:
    """Something that must not be missed: tone is "warning", "answer" or "plain"."""

    tone: str
    title: str
    text: str


@dataclass(frozen=True)
class Findings:
    """Findings of the audit, with what to do; `total` counts those not listed too."""

    items: tuple[Finding, ...]
    total: int


@dataclass(frozen=True)
class Card:
    """One segment: name, one line, facts, text and what to do."""

    name: str
    line: str
    facts: tuple[Figure, ...]
    marks: tuple[str, ...]
    action: str


@dataclass(frozen=True)
class Cards:
    """Segments side by side."""

    items: tuple[Card, ...]


@dataclass(frozen=True)
class Details:
    """Evidence that can be folded: away until asked for, or open at first where `unfolded`."""

    summary: str
    blocks: tuple[Block, ...]
    unfolded: bool = False


@dataclass(frozen=True)
class Pair:
    """One line of a drawing before and after: a label, and both shares."""

    label: str
    before: float
    after: float


@dataclass(frozen=True)
class Pairs:
    """Shares before and after, drawn as bars.

    Attributes:
        title: What it shows.
        alt: The same in words.
        items: One per value.
    """

    title: str
    alt: str
    items: tuple[Pair, ...]


@dataclass(frozen=True)
class Lane:
    """One row of a timeline: a label, its link, a word for its style, and the places where it shows."""

    label: str
    link: str
    tone: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Lanes:
    """Which incident showed in which batch.

    Attributes:
        title: What it shows.
        alt: The same in words.
        items: One per incident.
        batches: Number of batches drawn.
        first: Name of the first of them.
        last: Name of the last.
    """

    title: str
    alt: str
    items: tuple[Lane, ...]
    batches: int
    first: str
    last: str


@dataclass(frozen=True)
class Course:
    """One metric from batch to batch between its control limits.

    Attributes:
        title: What it shows.
        alt: The same in words.
        values: Value, low and high end of its interval, lower and upper limit, one per batch; NaN where unknown.
        baseline: Value of the baseline.
        first: Name of the first batch.
        last: Name of the last.
        note: How to read it.
    """

    title: str
    alt: str
    values: tuple[tuple[float, float, float, float, float], ...]
    baseline: float
    first: str
    last: str
    note: str = ""


@dataclass(frozen=True)
class Incidents:
    """Incidents as cards, in the order of the check."""

    items: tuple[IncidentCard, ...]


@dataclass(frozen=True)
class IncidentCard:
    """One incident, or one real change.

    Attributes:
        severity: How much it matters.
        title: What happened.
        advice: What to do.
        slug: Name of the card in links.
        facts: Cause, columns, since when and so on, in pairs of words.
        pairs: Shares before and after, or None.
        evidence: The numbers, in pairs of words.
        shown: Query or command that shows the rows, or "".
    """

    severity: str
    title: str
    advice: str
    slug: str
    facts: tuple[tuple[str, str], ...]
    pairs: Pairs | None = None
    evidence: tuple[tuple[str, str], ...] = ()
    shown: str = ""


Block = (
    Heading
    | Paragraph
    | Bullets
    | Figures
    | TableBlock
    | Chart
    | Callout
    | Findings
    | Cards
    | Details
    | Pairs
    | Lanes
    | Course
    | Incidents
)


@dataclass(frozen=True)
class Chapter:
    """One question with its answer.

    Attributes:
        slug: Name of the chapter in links.
        short: Two or three words for the list of contents.
        question: The question.
        answer: One paragraph that a manager understands.
        blocks: The evidence.
        limits: What the answer does not cover.
    """

    slug: str
    short: str
    question: str
    answer: str
    blocks: tuple[Block, ...] = ()
    limits: tuple[str, ...] = ()
