"""The bundled sample: are the planted types of visitors recovered, are segments stable, do rules agree?

    python bench/segments_sample.py --seeds 5 --rows 5000
    python bench/segments_sample.py --seeds 1 --whole     # with models and segments by value: minutes a table

For each generated table: adjusted Rand index against the planted types of

- the groups by behaviour that the segments stage finds by itself, with the joins that the audit found;
- the same search told what is true: which columns tell types, which join each came with, and how many types there are;
- Bayes' rule with the true tables of the world, which nobody can have: it knows the hour and what no row shows.

Then the least Jaccard similarity of a group under resampling (groups are their rules), the share of visits, of those
left out, that a rule puts into the class that it was made for, the share of the variance of the revenue group between
the classes and between the groups, out of sample, and the most lines of a rule; with --whole the stability of the
segments that are used in the end.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import polars as pl
from sklearn.metrics import adjusted_rand_score

from clientela.audit.auditing import audit
from clientela.audit.options import AuditOptions
from clientela.audit.result import AuditResult
from clientela.domain.roles import Ask
from clientela.models.clustering import blocks as made_of
from clientela.models.clustering import dimensions
from clientela.models.latent import cells, classes
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.pipeline.joined import blocks, settled_roles
from clientela.samples.dirt import Extract
from clientela.samples.quality import _evidence as evidence
from clientela.samples.world import TYPES
from clientela.segments.behaviour import alike
from clientela.segments.columns import sensitive, usable
from clientela.segments.finding import segment
from clientela.segments.honest import estimate
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes
from clientela.tables.frames import from_frame
from clientela.tables.table import Table

TRUE = (
    ("device",),
    ("landing_page",),
    ("prev_visits",),
    ("crm_nl", "crm_orders"),
    ("cmp_chan",),
    ("aff_home", "aff_fashion", "aff_tech", "aff_kids"),
)
"""Columns that tell types (time of day apart: no rule can name it), those of one source together."""
LABEL = "revenue_group"
REVENUE_GROUPS = ("none", "low", "middle", "high", "top")


def suspects(audited: AuditResult) -> set[str]:
    """Return the columns that may know the label."""
    return {name for found in audited.findings if found.code in ("leak", "target_aggregate") for name in found.columns}


def told(frame: pl.DataFrame, seed: int) -> np.ndarray:
    """Return the groups of the same search that is told the truth."""
    made = made_of(frame, [name for names in TRUE for name in names], seed, TRUE)
    return classes(cells(made, max(dimensions(made, seed), 1), seed), len(TYPES), seed)


def one(rows: int, seed: int, whole: bool) -> tuple[float, ...]:
    """Print the line of one table and return its numbers."""
    extract = Extract.opened(rows, seed)
    draws = extract.shop.draw(extract.origin(np.arange(extract.lines))[0])
    frame, true = extract.frame(np.arange(extract.lines)), draws.visitor.kind
    with from_frame(frame) as table:
        audited = audit(table, Ask(label=LABEL), AuditOptions())
        roles, doubtful = settled_roles(audited), suspects(audited)
        columns = [name for name in usable(frame, roles, roles.features) if name not in doubtful]
        columns = [name for name in columns if not sensitive(name)]
        joined = tuple((*block.columns, *block.key) for block in blocks(audited))
        start = time.process_time()
        found = alike(frame, columns, 150, SegmentOptions(joined=joined))
        seconds = time.process_time() - start
        if whole:
            used(table, audited)
    bayes = adjusted_rand_score(true, sum(evidence(draws).values()).argmax(axis=1))
    oracle = adjusted_rand_score(true, told(frame, 0))
    kinds = found.kinds if len(found.kinds) == rows else np.zeros(rows, dtype=int)
    ruled = np.zeros(rows, dtype=int)
    for place, group in enumerate(found.groups):
        ruled[group.inside] = place
    own = adjusted_rand_score(true, kinds)
    line = (own, adjusted_rand_score(true, ruled), oracle, bayes, own / oracle, own / bayes)
    longest = max((sum(len(item.lines) or 1 for item in group.conditions) for group in found.groups), default=0)
    quality = (found.stability, found.agreement, parted(frame, kinds, seed), parted(frame, ruled, seed), longest)
    numbers = " ".join(f"{number:6.3f}" for number in (*line, *quality))
    sys.stdout.write(f"{seed:4} {len(set(kinds.tolist())):6} {numbers} {seconds:6.1f}\n")
    return (*line, *quality)


def parted(frame: pl.DataFrame, codes: np.ndarray, seed: int) -> float:
    """Return the share of the variance of the revenue group's rank between groups, out of sample."""
    rank = frame[LABEL].replace_strict({name: place for place, name in enumerate(REVENUE_GROUPS)}).to_numpy()
    units = np.arange(len(rank))
    halves = np.random.default_rng(seed).random(len(rank)) < 0.5
    known = Outcomes(rank * 1.0, rank * 1.0, (rank > 0) * 1.0, False, units, halves, "visit")
    return estimate(known, codes, ~halves, 10, seed)[1].value


def used(table: Table, audited: AuditResult) -> None:
    """Print how stable the segments are that are used in the end."""
    roles, avoid = settled_roles(audited), tuple(suspects(audited))
    learned = learn(table, roles, avoid, ModelOptions(), blocks=blocks(audited))
    joined = tuple((*block.columns, *block.key) for block in blocks(audited))
    result = segment(table, roles, learned, options=SegmentOptions(avoid=avoid, joined=joined))
    for item in result.segments:
        sys.stdout.write(f"     {item.stability:.3f} {item.share.value:6.1%} {item.rate!r} {item.name}\n")


def main() -> None:
    """Print one line per table, and means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--whole", action="store_true")
    given = parser.parse_args()
    sys.stdout.write(
        "seed groups  found  rules   told  Bayes f/told f/Bays stable agrees clouds groups  lines  CPU s\n"
    )
    lines = [one(given.rows, seed, given.whole) for seed in range(given.first, given.first + given.seeds)]
    sys.stdout.write("mean        " + " ".join(f"{number:6.3f}" for number in np.mean(lines, axis=0)) + "\n")


if __name__ == "__main__":
    main()
