"""The bench's tables as text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from forensics.ground import STRENGTHS
from forensics.joins import JOINS
from forensics.scoring import CHECKED, Score

TRUE_OF = {
    "generated": {"grain", "identifier", "class_balance", "association", "sorted", "high_cardinality"},
}
"""Codes that are true of a clean generated table as it is."""

Hits = list[bool]


def print_codes(scores: Sequence[Score], codes: Sequence[str]) -> None:
    """Print recall per code: alone at each strength, then several at once."""
    cells: dict[tuple[str, str], Hits] = defaultdict(list)
    for score in scores:
        kind = STRENGTHS[score.trial.strength] + ("" if len(score.trial.codes) == 1 else "+")
        for code, found, _ in score.found:
            if not score.join:
                cells[code, kind].append(found)
    kinds = [*STRENGTHS, *(f"{name}+" for name in STRENGTHS)]
    print("\nRecall (found/planted); + means eight kinds at once")
    print(f"{'code':24}" + "".join(f"{kind:>10}" for kind in kinds))
    for code in codes:
        if code not in CHECKED:
            print(f"{code:24}" + "no check yet: 0".rjust(20))
            continue
        print(f"{code:24}" + "".join(f"{_share(cells[code, kind]):>10}" for kind in kinds))
    totals = [[hit for code in codes for hit in cells[code, kind]] for kind in kinds]
    print(f"{'all with a check':24}" + "".join(f"{_percent(hits):>10}" for hits in totals))


def _share(hits: Hits) -> str:
    return f"{sum(hits)}/{len(hits)}" if hits else "-"


def _percent(hits: Hits) -> str:
    return f"{100 * sum(hits) / len(hits):.0f} %" if hits else "-"


def print_joins(scores: Sequence[Score]) -> None:
    """Print how many blocks are right in each regard, per kind of join and strength."""
    joined = [score for score in scores if score.join]
    if not joined:
        return
    parts = ("block", "key", "columns", "coverage", "fan_out", "all")
    print("\nJoins: right in each regard, all strengths; then all regards by strength")
    print(f"{'join':16}" + "".join(f"{part:>10}" for part in parts) + "".join(f"{name:>10}" for name in STRENGTHS))
    for name in JOINS:
        mine = [score for score in joined if score.trial.codes[0] == name]
        blocks = [{**block, "all": all(block.values())} for score in mine for block in score.join]
        line = "".join(f"{_share([block[part] for block in blocks]):>10}" for part in parts)
        for strength in range(3):
            hits = [all(block.values()) for score in mine if score.trial.strength == strength for block in score.join]
            line += f"{_share(hits):>10}"
        print(f"{name:16}" + line)


def print_clean(scores: Sequence[Score]) -> None:
    """Print findings on clean tables by severity, and what planting made the audit say of other columns."""
    print("\nFindings on clean tables, per table")
    for kind in ("generated", "sample", "real"):
        clean = [score for score in scores if score.trial.kind == kind and not score.trial.codes]
        if not clean:
            continue
        known = TRUE_OF.get(kind, set())
        counts: Counter[str] = Counter(s for score in clean for s, code, _, _ in score.clean if code not in known)
        parts = ", ".join(
            f"{counts[name] / len(clean):.2f} {name}" for name in ("blocker", "warning", "notice", "info")
        )
        note = "false, true ones left out" if known else "not judged: much of it is true of them"
        print(f"  {kind} ({len(clean)} tables; {note}): {parts}")
        if known:
            said = Counter(
                f"{severity} {code}" for score in clean for severity, code, _, _ in score.clean if code not in known
            )
            print("    " + ", ".join(f"{text} {count}" for text, count in said.most_common()))
    planted = [score for score in scores if score.trial.codes and not score.join]
    others = Counter(text.split(" of ")[0] for score in planted for text in score.others)
    total = sum(others.values()) / max(len(planted), 1)
    print(f"  new warnings about columns nothing was done to, per planted table: {total:.3f} {dict(others)}")


def print_misses(scores: Sequence[Score]) -> None:
    """Print every plant that was not found, with its parameters."""
    print("\nNot found")
    for score in sorted(scores, key=lambda score: score.trial.codes):
        for code, found, words in score.found:
            if not found:
                kind = STRENGTHS[score.trial.strength] + ("" if len(score.trial.codes) == 1 else "+")
                name = score.trial.codes[0] if score.join else code
                print(f"  {name} {kind} in {score.base}: {words}")
    print("\nNew warnings about other columns")
    for score in scores:
        for text in score.others:
            print(f"  {'+'.join(score.trial.codes)} in {score.base}: {text}")
