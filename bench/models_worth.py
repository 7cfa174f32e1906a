"""Does what a block is said to be worth hold, and does a learning curve foretell what more rows bring?

    make bench NAME=models_worth
    python bench/models_worth.py --seeds 50 --draws 10

Blocks: tables of generated visits with every seed; the truth is what Bayes' rule with the true tables of the
world loses without the block (and gains from it beside the collected columns), on all visits of the table.
Curves: the forecast from a quarter of the visitors against the curve's last point on all of them, on the
generated visits and on the real tables of the folder that CLIENTELA_DATA names, else ../shared/data beside
the checkout.
"""

from __future__ import annotations

import argparse
import os
import time
import zipfile
from pathlib import Path

import numpy as np
import polars as pl

from clientela.domain.block import Block
from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.models import curve as curves
from clientela.models import trying
from clientela.models.fitting import Task
from clientela.models.options import ModelOptions
from clientela.models.preparing import prepare
from clientela.models.result import Curve, Worth
from clientela.models.worth import Judge, worth
from clientela.samples import world
from clientela.samples.columns import COLUMNS
from clientela.samples.quality import best_chance
from clientela.samples.visits import Draws, Shop
from clientela.statistics.intervals import wilson
from clientela.statistics.scores import auc
from clientela.tables.table import ROW

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA") or ROOT.parent / "shared" / "data")
ROWS = 5_000
TRUTH_ROWS = 50_000
DRAWN_AS = {"address": "distance"}
JOINED = {
    "weather": ("temp_c", "rain_mm", "sky"),
    "address": ("dist_km",),
    "area": ("area_cd", "pp_idx", "hh_size", "hh_child_pct"),
    "crm": ("crm_since", "crm_nl", "crm_age", "crm_orders"),
    "campaign": ("cmp_id", "cmp_chan", "cmp_cpc"),
    "interests": ("aff_home", "aff_fashion", "aff_tech", "aff_kids"),
}
"""Columns of each block, with the joined key that tells what is in it."""


def shop_roles() -> Roles:
    """Return the true roles of the generated visits, without what no live page knows."""
    special = {
        "visit_id": Role.IDENTIFIER, "visitor_id": Role.IDENTIFIER, "visit_time": Role.TIME,
        "order_value": Role.REVENUE, "revenue_group": Role.LABEL, "src_ref": Role.IGNORED,
        "area_avg": Role.IGNORED, "session_sec": Role.IGNORED, "city": Role.IGNORED,
    }  # fmt: skip
    columns = tuple(
        Column(made.name, Storage.TEXT, special.get(made.name, Role.FEATURE), made.origin, made.available)
        for made in COLUMNS
    )
    return Roles(columns, "revenue_group", "visit_time", "visitor_id", "visit_id", "order_value", tuple(world.GROUPS))


def judged(frame: pl.DataFrame, roles: Roles, seed: int) -> Judge:
    """Prepare rows for quick models, trees and line counting the same."""
    options = ModelOptions(seed=seed)
    made = prepare(frame.with_row_index(ROW), roles, options)
    task = Task(made.frame, made.columns, made.clock, made.target.kind, len(made.target.classes), made.codes, seed, 2)
    return Judge(made, task, 0.5, "visitor" if roles.visitor else "row")


def fair(draws: Draws, without: tuple[str, ...]) -> float:
    """Return the AUC that Bayes' rule reaches without some blocks, over all orders that could have come."""
    chance = best_chance(draws, without=without)
    labels = np.repeat([1, 0], len(chance))
    return auc(labels, np.tile(chance, 2), np.concatenate([draws.probability, 1 - draws.probability]))


def true_worths(shop: Shop) -> dict[str, tuple[float, float]]:
    """Return what is lost without each block, and what each brings beside the collected columns."""
    taken = min(shop.rows, TRUTH_ROWS)
    draws = shop.draw(np.arange(taken) * shop.rows // taken)
    names = [DRAWN_AS.get(name, name) for name in JOINED]
    everything, base = fair(draws, ()), fair(draws, tuple(names))
    return {
        name: (
            everything - fair(draws, (DRAWN_AS.get(name, name),)),
            fair(draws, tuple(other for other in names if other != DRAWN_AS.get(name, name))) - base,
        )
        for name in JOINED
    }


def holds(estimate: Estimate | None, truth: float) -> bool:
    """Tell whether the truth lies in an interval."""
    return estimate is not None and not estimate.excludes(truth)


def blocks_of(seed: int) -> dict[str, tuple[Worth, float, float]]:
    """Return the found and the true worth of each block on one table."""
    shop = Shop.opened(ROWS, seed)
    frame = shop.frame(shop.draw(np.arange(ROWS)))
    roles = shop_roles()
    judge = judged(frame, roles, seed)
    blocks = [Block(name, columns, ("visitor_id",), 1.0) for name, columns in JOINED.items()]
    found = {item.name: item for item in worth(judge, roles, blocks, (), ()) if item.block}
    large = true_worths(Shop.opened(TRUTH_ROWS, seed))
    return {name: (found[name], *large[name]) for name in JOINED}


def bench_blocks(seeds: int) -> None:
    """Print per block how often the interval holds the truth."""
    kept: dict[str, list[bool]] = {name: [] for name in JOINED}
    added: dict[str, list[bool]] = {name: [] for name in JOINED}
    gaps: dict[str, list[tuple[float, ...]]] = {name: [] for name in JOINED}
    for seed in range(seeds):
        start = time.process_time()
        for name, (item, lost, brought) in blocks_of(seed).items():
            kept[name].append(holds(item.kept, lost))
            added[name].append(holds(item.added, brought))
            plus = item.added.value if item.added else float("nan")
            gaps[name].append((item.kept.value, lost, item.kept.high - item.kept.low, plus, brought))
        print(f"seed {seed}: {time.process_time() - start:.0f} CPU s", flush=True)
    print(
        f"\nblock        drop holds  add holds   mean: lost found / true (width), brought found / true; {seeds} seeds"
    )
    for name in JOINED:
        lost, truth, width, plus, brought = np.mean(gaps[name], axis=0)
        print(
            f"{name:12} {np.mean(kept[name]):10.0%} {np.mean(added[name]):10.0%}   "
            f"{lost:.4f} / {truth:.4f} ({width:.4f}), {plus:.4f} / {brought:.4f}"
        )
    for what, found in (("dropping", kept), ("adding", added)):
        every = [hit for hits in found.values() for hit in hits]
        share = wilson(sum(every), len(every))
        print(
            f"{what}: the truth is in {share.value:.0%} of {len(every)} intervals ({share.low:.0%} to {share.high:.0%})"
        )


def content_of(file: str) -> bytes | None:
    """Return a file of the data folder, from an archive there if need be."""
    if (DATA / file).is_file():
        return (DATA / file).read_bytes()
    for path in sorted(DATA.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith("/" + file):
                    return archive.read(name)
    return None


def tables() -> dict[str, tuple[pl.DataFrame, Roles]]:
    """Return the tables for curves with their roles."""
    shop = Shop.opened(ROWS, 7)
    found = {"generated visits": (shop.frame(shop.draw(np.arange(ROWS))), shop_roles())}
    for name, file, label, left, split in (
        ("Online Shoppers", "online_shoppers.csv", "Revenue", ("PageValues",), ","),
        ("Bank Marketing", "bank-additional-full.csv", "y", ("duration",), ";"),
    ):
        content = content_of(file)
        if content is None:
            print(f"{name}: left out, {file} is not in {DATA.name}")
            continue
        frame = pl.read_csv(content, infer_schema_length=None, separator=split)
        roles = {label: Role.LABEL, **dict.fromkeys(left, Role.IGNORED)}
        columns = tuple(
            Column(c, Storage.TEXT, roles.get(c, Role.FEATURE), Origin.UNKNOWN, Available.UNKNOWN)
            for c in frame.columns
        )
        found[name] = (frame, Roles(columns, label))
    return found


def curve_of(frame: pl.DataFrame, roles: Roles, seed: int) -> Curve:
    """Return the learning curve of a table."""
    found = curves.learning_curve(judged(frame, roles, seed), ())
    if found is None:
        raise SystemExit("too few rows for a curve")
    return found


def bench_curves(draws: int) -> None:
    """Print how often the forecast from a quarter holds what all rows give."""
    hits = []
    trying.MOST_ROWS = 10**9  # all rows, however many
    for name, (frame, roles) in tables().items():
        whole = curve_of(frame, roles, 0).points[-1]
        for draw in range(draws):
            if roles.visitor:
                who = frame[roles.visitor].unique(maintain_order=True).sample(fraction=0.25, seed=draw)
                part = frame.filter(pl.col(roles.visitor).is_in(who.to_list()))
            else:
                part = frame.sample(fraction=0.25, seed=draw)
            quarter = curve_of(part, roles, draw)
            four = next(point for point in quarter.forecasts if point.rows > 3 * quarter.points[-1].rows)
            hits.append(holds(four.estimate, whole.estimate.value))
            print(
                f"{name}, draw {draw}: {four.estimate!r} from a quarter, {whole.estimate.value:.4f} from all",
                flush=True,
            )
    share = wilson(sum(hits), len(hits))
    print(f"curves: {share.value:.0%} of {len(hits)} forecasts hold ({share.low:.0%} to {share.high:.0%})")


def main() -> None:
    """Run both."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seeds", type=int, default=50)
    asked.add_argument("--draws", type=int, default=10)
    given = asked.parse_args()
    if given.seeds:
        bench_blocks(given.seeds)
    if given.draws:
        bench_curves(given.draws)


if __name__ == "__main__":
    main()
