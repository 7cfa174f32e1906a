"""What raising the numbers of small classes brought."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record


@dataclass(frozen=True)
class Tried(Record):
    """One way to raise the numbers, and what it does to rows that nothing was learned from.

    Attributes:
        name: "as it is", "class weights", "resampling", "synthetic rows" or "synthetic rows alone".
        found: Average precision of the smallest class.
        found_gap: Gain over "as it is", in pairs; None for that itself.
        loss: Ranked probability score of ordered groups, log loss of others; of all classes, lower is better.
        loss_gap: Difference to "as it is", in pairs; below 0 is better.
        verdict: "helps", "harms", "not shown to help", or "" where nothing is asked.
    """

    name: str
    found: Estimate
    found_gap: Estimate | None
    loss: Estimate
    loss_gap: Estimate | None
    verdict: str


@dataclass(frozen=True)
class Fidelity(Record):
    """How like real rows synthetic ones are, next to how like real rows of other visitors are.

    Attributes:
        margins: Mean total variation distance of single columns, 0 to 1.
        margins_real: The same between two halves of the real rows.
        worst: Column that differs most.
        pairs: Mean absolute difference of correlations of two columns.
        pairs_real: The same between two halves of the real rows.
        discriminator: AUC at which trees tell synthetic from real rows: 0.5 where they cannot.
    """

    margins: float
    margins_real: float
    worst: str
    pairs: float
    pairs_real: float
    discriminator: Estimate


@dataclass(frozen=True)
class Privacy(Record):
    """Whether synthetic rows give away the rows they were made from.

    Attributes:
        rows: Synthetic rows judged, made from one half of the visitors.
        nearer: Share of them that lie nearer to a row they were made from than to one of the other half: half
            where nothing is given away.
        ratio: Median distance to the nearest row they were made from, by that to the nearest of the other half.
        membership: AUC at which nearness to a synthetic row tells rows it was made from from others: 0.5 where
            nothing is given away.
        copies: Synthetic rows that equal a row they were made from in every column.
        chance_copies: Synthetic rows that equal a row of the other half.
        safe: Whether neither share nor AUC is shown to lie above one half.
    """

    rows: int
    nearer: Estimate
    ratio: float
    membership: Estimate
    copies: int
    chance_copies: int
    safe: bool


@dataclass(frozen=True)
class SmallClass(Record):
    """A class with too few rows.

    Attributes:
        name: Class as text.
        rows: Its rows.
        raised: Rows it is raised to.
    """

    name: str
    rows: int
    raised: int


@dataclass(frozen=True, repr=False)
class RaisedResult(Record):
    """What raising the numbers of small classes brought.

    Attributes:
        label: Column predicted.
        rows: Rows learned from and judged on.
        classes: The small classes, smallest first; empty where none is small.
        loss: Name of the loss of all classes.
        tried: "as it is" first; empty where no class is small.
        fidelity: Of synthetic rows of the smallest class; None where it has too few rows to part.
        privacy: Of the same rows.
        answer: What it means, in words.
        notes: Sentences about limits.
        seed: Seed of every random step.
        fingerprint: Of the table, "" where it has none.
    """

    label: str
    rows: int
    classes: tuple[SmallClass, ...]
    loss: str
    tried: tuple[Tried, ...]
    fidelity: Fidelity | None
    privacy: Privacy | None
    answer: str
    notes: tuple[str, ...]
    seed: int
    fingerprint: str = ""

    def __repr__(self) -> str:
        return f"Raising the numbers of {self.label!r}: {self.answer}"
