"""Off-policy estimates: on the Open Bandit logs beside the truth, and how often intervals hold on made logs.

    make bench NAME=experiments_policy
    python bench/experiments_policy.py --repeats 200 --data /path/to/open_bandit

Open Bandit: two policies ran side by side on three campaigns of a shop. From the log of one the other's clicks are
estimated, and held against the clicks that it had (its own log, with the noise of that). The random policy is known;
of the learning one the share of each item per position in its own log is taken as the policy.

Made logs: ten variants, six kinds of visitor, policies from alike to very unlike, rare and common clicks, and spend.
Beside ours the intervals that others give: normal around the self-normalised estimate, percentile bootstrap,
empirical Bernstein (Maurer and Pontil 2009), and betting (Waudby-Smith and Ramdas 2024) with the largest weight as
bound. Printed: how often each holds the truth, its width beside ours, and the same by effective size.

Adaptive logs: two equal and two unequal variants, Thompson sampling in batches; how often the stabilised interval and
the plain mean's hold.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from clientela.domain.errors import RefusedError
from clientela.experiments.policy import Policy, read_policy
from clientela.experiments.replay import Columns
from clientela.experiments.replaying import replay
from clientela.statistics.adaptive import stabilised
from clientela.statistics.intervals import wilson
from clientela.statistics.likelihood import effective_size
from clientela.statistics.off_policy import Logged, self_normalised

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA", ROOT.parent / "shared" / "data")) / "open_bandit"
COLUMNS = Columns("item_id", "propensity_score", "click")
CLASSES = (2, 10, 30, 100, 300, 1000, 10**9)
Ends = tuple[float, float]
Interval = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], Ends]


def log_of(data: Path, policy: str, campaign: str) -> pl.DataFrame:
    """Return one log."""
    frame = pl.read_csv(data / policy / campaign / f"{campaign}.csv.gz")
    return frame.select("item_id", "position", "propensity_score", "click")


def policy_of(name: str, own: pl.DataFrame, items: list[int]) -> Policy:
    """Return the policy that made a log: even for the random one, shares per position for the other."""
    if name == "random":
        return read_policy(json.dumps({"default": {str(item): 1 / len(items) for item in items}}).encode())
    rules = []
    for position in sorted(own["position"].unique()):
        there = own.filter(pl.col("position") == position)
        shares = {str(item): count / len(there) for item, count in there["item_id"].value_counts().iter_rows()}
        rules.append({"when": {"position": position}, "show": shares})
    return read_policy(json.dumps({"rules": rules}).encode())


def open_bandit(data: Path) -> None:
    """Print estimates beside the truth, both directions, three campaigns."""
    print("campaign  log -> policy      estimate (interval)              effective   truth (interval of its own)")
    for campaign in ("all", "men", "women"):
        logs = {name: log_of(data, name, campaign) for name in ("random", "bts")}
        items = sorted(logs["random"]["item_id"].unique())
        for log, target in (("random", "bts"), ("bts", "random")):
            own = logs[target]["click"]
            truth = wilson(int(own.sum()), len(own))
            start = time.process_time()
            try:
                found = replay(logs[log], policy_of(target, logs[target], items), COLUMNS)
                said = f"{found.value!r:32} {found.effective:9.0f}"
            except RefusedError as refusal:
                said = f"refused: {refusal}\n{'':28}"
            spent = time.process_time() - start
            print(f"{campaign:9} {log:>6} -> {target:6}   {said}   {truth!r}  {spent:.1f} CPU s", flush=True)


def ours(weights: np.ndarray, rewards: np.ndarray, most: float, rng: np.random.Generator) -> Ends:
    """Return our interval."""
    del rng
    found = self_normalised(Logged(weights, rewards, range=(0.0, most)))
    return found.low, found.high


def normal(weights: np.ndarray, rewards: np.ndarray, most: float, rng: np.random.Generator) -> Ends:
    """Return the usual interval around the self-normalised estimate."""
    del most, rng
    middle = float(weights @ rewards / weights.sum())
    half = 1.96 * float(np.sqrt((weights**2 * (rewards - middle) ** 2).sum()) / weights.sum())
    return middle - half, middle + half


def resampled(weights: np.ndarray, rewards: np.ndarray, most: float, rng: np.random.Generator) -> Ends:
    """Return the percentile bootstrap of the self-normalised estimate, 200 resamples."""
    del most
    draws = []
    for _ in range(200):
        drawn = rng.integers(0, len(weights), len(weights))
        draws.append(float(weights[drawn] @ rewards[drawn] / weights[drawn].sum()))
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))


def bernstein(weights: np.ndarray, rewards: np.ndarray, most: float, rng: np.random.Generator) -> Ends:
    """Return the empirical Bernstein interval of weight times reward."""
    del rng
    scores, bound = weights * rewards, float(weights.max()) * most
    log, rows = np.log(4 / 0.05), len(scores)
    half = float(np.sqrt(2 * scores.var(ddof=1) * log / rows) + 7 * bound * log / (3 * (rows - 1)))
    return max(0.0, float(scores.mean()) - half), float(scores.mean()) + half


def betting(weights: np.ndarray, rewards: np.ndarray, most: float, rng: np.random.Generator) -> Ends:
    """Return the hedged-capital interval of weight times reward, scaled by its bound."""
    bound = float(weights.max()) * most
    scores = rng.permutation(weights * rewards) / bound
    counts = np.arange(1, len(scores) + 1)
    means = (0.5 + np.cumsum(scores)) / (counts + 1)
    variances = (0.25 + np.cumsum((scores - means) ** 2)) / (counts + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    stakes = np.sqrt(2 * np.log(2 / 0.05) / (before * len(scores)))
    levels = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, 300)])
    inside = []
    for level in levels:
        up = np.log1p(np.minimum(stakes, 0.5 / max(level, 1e-12)) * (scores - level)).cumsum().max()
        down = np.log1p(-np.minimum(stakes, 0.5 / max(1 - level, 1e-12)) * (scores - level)).cumsum().max()
        inside.append(max(up, down) + np.log(0.5) < np.log(1 / 0.05))
    kept = levels[np.array(inside)]
    return (float(kept[0]) * bound, float(kept[-1]) * bound) if len(kept) else (0.0, 0.0)


INTERVALS: dict[str, Interval] = {
    "ours": ours, "normal": normal, "bootstrap": resampled, "Bernstein": bernstein, "betting": betting,
}  # fmt: skip


def made_logs(repeats: int, seed: int) -> None:
    """Print how often intervals hold on made logs."""
    rng = np.random.default_rng(seed)
    by_size: list[tuple[float, bool]] = []
    print(f"\nreward  rate  unlike    effective   holds the truth (width beside ours); {repeats} logs each")
    for kind in ("click", "spend"):
        for rate, rows in ((0.005, 5000), (0.05, 2000), (0.3, 2000)):
            for unlike in (0.5, 1.5, 2.5):
                hits: dict[str, list[bool]] = {name: [] for name in INTERVALS}
                widths: dict[str, list[float]] = {name: [] for name in INTERVALS}
                sizes = []
                for _ in range(repeats):
                    weights, rewards, truth = made(rng, rows, unlike, rate, kind)
                    sizes.append(effective_size(weights))
                    if sizes[-1] < 2 or rewards.max() == 0:
                        continue
                    for name, interval in INTERVALS.items():
                        low, high = interval(weights, rewards, 1.0 if kind == "click" else float(rewards.max()), rng)
                        hits[name].append(low <= truth <= high)
                        widths[name].append(high - low)
                    by_size.append((sizes[-1], hits["ours"][-1]))
                wide = float(np.median(widths["ours"]))
                said = "  ".join(f"{n} {np.mean(hits[n]):.1%} ({np.median(widths[n]) / wide:.2f})" for n in INTERVALS)
                print(f"{kind:6} {rate:6} {unlike:7} {np.median(sizes):11.0f}   {said}", flush=True)
    for low, high in zip(CLASSES, CLASSES[1:], strict=False):
        there = [hit for size, hit in by_size if low <= size < high]
        share = wilson(sum(there), len(there))
        print(f"effective size {low:>5} to {high:>10}: ours holds in {share!r} of {len(there)}")
    kept = [hit for size, hit in by_size if size >= 30]
    print(f"from 30 on: {wilson(sum(kept), len(kept))!r} of {len(kept)}")


def made(rng: np.random.Generator, rows: int, unlike: float, rate: float, kind: str) -> tuple[np.ndarray, ...]:
    """Return weights and rewards of a log, and the truth of the policy."""
    kinds, variants = 6, 10
    logging, target = (np.exp(rng.normal(size=(kinds, variants)) * spread) for spread in (unlike, 0.5))
    logging, target = (shares / shares.sum(axis=1, keepdims=True) for shares in (logging, target))
    means = np.minimum(rate * np.exp(rng.normal(size=(kinds, variants)) * 0.5), 0.9)
    visitor = rng.integers(0, kinds, rows)
    passed = rng.random(rows)[:, None] > np.cumsum(logging, axis=1)[visitor]
    shown = np.minimum(passed.sum(axis=1), variants - 1)
    rewards = (rng.random(rows) < means[visitor, shown]).astype(float)
    truth = float((target * means).sum(axis=1).mean())
    if kind == "spend":
        rewards *= np.exp(rng.normal(size=rows))
        truth *= float(np.exp(0.5))
    return target[visitor, shown] / logging[visitor, shown], rewards, truth


def adaptive_logs(repeats: int, seed: int) -> None:
    """Print how often intervals of a variant's mean hold where the assignment learned on the way."""
    rng = np.random.default_rng(seed)
    print(f"\nThompson sampling, 20 batches of 100, clicks; holds the truth of each variant; {repeats} logs each")
    for rates in ((0.1, 0.1), (0.1, 0.15), (0.1, 0.1, 0.1, 0.1)):
        hits: dict[str, list[list[bool]]] = {"stabilised": [], "plain mean": [], "inverse propensity": []}
        low_tails = []
        for _ in range(repeats):
            shown, chances, rewards = thompson(rng, rates, 20, 100)
            row: dict[str, list[bool]] = {name: [] for name in hits}
            for variant, rate in enumerate(rates):
                found = stabilised(shown == variant, chances[:, variant], rewards)
                row["stabilised"].append(not found.excludes(rate))
                own = rewards[shown == variant]
                half = 1.96 * own.std() / np.sqrt(max(len(own), 1))
                row["plain mean"].append(bool(len(own)) and abs(own.mean() - rate) <= half)
                scores = (shown == variant) * rewards / chances[:, variant]
                row["inverse propensity"].append(
                    abs(scores.mean() - rate) <= 1.96 * scores.std() / np.sqrt(len(scores))
                )
                low_tails.append(found.high < rate)
            for name, kept in row.items():
                hits[name].append(kept)
        for name, kept in hits.items():
            print(f"{rates!s:22} {name:20} {np.round(np.mean(kept, axis=0), 3)}", flush=True)


def thompson(
    rng: np.random.Generator, rates: tuple[float, ...], batches: int, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what was shown, all propensities and rewards of a bandit that learns after each batch."""
    arms = len(rates)
    good, bad = np.ones(arms), np.ones(arms)
    shown, chances, rewards = [], [], []
    for _ in range(batches):
        best = rng.beta(good, bad, size=(1000, arms)).argmax(axis=1)
        share = 0.05 / arms + 0.95 * np.bincount(best, minlength=arms) / 1000
        drawn = rng.choice(arms, size=size, p=share)
        came = (rng.random(size) < np.array(rates)[drawn]).astype(float)
        good += np.bincount(drawn, weights=came, minlength=arms)
        bad += np.bincount(drawn, weights=1 - came, minlength=arms)
        shown.append(drawn)
        chances.append(np.tile(share, (size, 1)))
        rewards.append(came)
    return np.concatenate(shown), np.concatenate(chances), np.concatenate(rewards)


def main() -> None:
    """Run all parts."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--repeats", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--data", type=Path, default=DATA)
    given = asked.parse_args()
    if given.data.is_dir():
        open_bandit(given.data)
    else:
        print(f"Open Bandit is left out: there is no {given.data.name} in the data")
    if given.repeats:
        made_logs(given.repeats, given.seed)
        adaptive_logs(given.repeats * 5, given.seed)


if __name__ == "__main__":
    main()
