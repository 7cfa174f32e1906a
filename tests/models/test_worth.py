"""What blocks and columns are said to be worth."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.domain.block import Block
from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.roles import Roles
from clientela.models import trying
from clientela.models.fitting import Task
from clientela.models.learning import Learned, learn
from clientela.models.options import ModelOptions
from clientela.models.preparing import prepare
from clientela.models.result import Importance, Worth
from clientela.models.worth import COLLECTED, NOTHING, Judge, drawn, worth
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW


def _table(rows: int = 900) -> tuple[pl.DataFrame, Roles]:
    rng = np.random.default_rng(3)
    good, twin, noise, late, own = rng.normal(size=(5, rows))
    yes = rng.random(rows) < 1 / (1 + np.exp(1 - 1.5 * good - own))
    frame = pl.DataFrame(
        {"own": own, "good": good, "better": good + 0.1 * twin, "noise": noise, "late": late + 5 * yes, "buys": yes}
    )
    joined = {"origin": Origin.JOINED, "available": Available.BEFORE}
    facts = {
        "own": {"origin": Origin.COLLECTED, "available": Available.DURING},
        "late": {"origin": Origin.JOINED, "available": Available.AFTER},
    }
    columns = tuple(
        replace(Column(name, Storage.NUMBER, Role.LABEL if name == "buys" else Role.FEATURE), **facts.get(name, joined))
        for name in frame.columns
    )
    return frame.with_row_index(ROW), Roles(columns, label="buys")


def _judge(frame: pl.DataFrame, roles: Roles) -> Judge:
    made = prepare(frame, roles, ModelOptions(folds=3))
    task = Task(made.frame, made.columns, made.clock, made.target.kind, 2, made.codes, 0, 1)
    return Judge(made, task, 0.5, "row", 60)


BLOCKS = (
    Block("signal", ("good", "better"), ("who",), 0.9, 1.1, ("good",)),
    Block("nothing", ("noise",), ("who",), 0.5),
    Block("after", ("late",), ("who",), 1.0),
)
STRONG = tuple(Importance(name, 0.2, "mixed") for name in ("late", "good", "own", "noise"))


@pytest.fixture(scope="module")
def found() -> dict[str, Worth]:
    """The worth of three blocks and of the columns that are no block alone."""
    frame, roles = _table()
    return {item.name: item for item in worth(_judge(frame, roles), roles, BLOCKS, (), STRONG)}


def test_signal_is_worth_something_and_noise_nothing(found: dict[str, Worth]) -> None:
    """A block that tells the label is lost and brings; a block of noise does neither."""
    assert found["signal"].kept.low > 0.05
    assert found["signal"].kept_loss.low > 0
    assert found["signal"].added is not None
    assert found["signal"].added.low > 0.05
    assert not found["nothing"].kept.excludes(0)


def test_blocks_come_first_and_the_late_one_is_in_no_model(found: dict[str, Worth]) -> None:
    """Blocks stand before columns, the dearest first; what is known only afterwards is judged by nobody."""
    assert list(found) == ["signal", "nothing", "own", "good"]
    assert [item.block for item in found.values()] == [True, True, False, False]


def test_a_column_with_a_twin_is_worth_little(found: dict[str, Worth]) -> None:
    """A column whose twin stays is hardly missed, though its block is; a column alone is not added."""
    assert found["good"].kept.value < 0.2 * found["signal"].kept.value
    assert found["good"].added is None
    assert found["good"].added_loss is None


def test_the_price_stands_beside(found: dict[str, Worth]) -> None:
    """Coverage, fan-out, when known and personal data come from the block; unknown where there is none."""
    block, alone = found["signal"], found["own"]
    assert (block.coverage, block.fan_out, block.available, block.personal) == (0.9, 1.1, Available.BEFORE, True)
    assert found["nothing"].personal is False
    assert alone.personal is None
    assert np.isnan(alone.coverage)
    assert alone.available is Available.DURING
    assert block.base == COLLECTED


def test_suspects_are_in_none_of_the_models() -> None:
    """With the telling columns under suspicion only the others are judged; without collected ones from nothing."""
    frame, roles = _table()
    roles = replace(roles, columns=tuple(replace(c, origin=Origin.UNKNOWN) for c in roles.columns))
    found = worth(_judge(frame, roles), roles, BLOCKS, ("good", "better"), STRONG)
    assert [item.name for item in found] == ["nothing", "own"]
    assert found[0].base == NOTHING
    assert worth(_judge(frame, roles), roles, (), (), ()) == ()


def test_many_rows_are_drawn_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most rows some visitors are drawn, whole, for training and test alike."""
    frame, roles = _table()
    made = prepare(frame, roles, ModelOptions(folds=3))
    assert drawn(made, 0) is made.parts
    monkeypatch.setattr(trying, "MOST_ROWS", 300)
    parts = drawn(made, 0)
    kept = np.concatenate([part.test for part in parts])
    assert 200 < len(kept) < 400
    assert set(parts[0].train) <= set(kept)
    told = worth(_judge(frame, roles), roles, BLOCKS[:1], (), STRONG)
    assert told[0].name == "signal"
    assert told[0].kept.low > 0


def test_a_learned_model_tells_the_worth_of_its_blocks(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions, learned: Learned
) -> None:
    """Blocks given to the stage come back with their worth; without blocks there are columns only."""
    block = Block("money", ("income", "member"), ("visitor",), 0.8)
    result = learn(from_frame(visits), roles_of(visits, "bought"), (), quick, blocks=(block,)).result
    assert result.worth[0].name == "money"
    assert result.worth[0].personal is True
    assert learned.result.worth
    assert not any(item.block for item in learned.result.worth)
