"""`clientela augment`: from a file to what each way brings, and rows where they are asked for."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError, OutputError, SourceNotFoundError
from clientela.pipeline.raising import Raised, raise_source, told
from clientela.pipeline.request import Request


def _file(folder: Path) -> Path:
    rng = np.random.default_rng(1)
    buys = rng.random(220) < 0.15
    frame = pl.DataFrame(
        {"pages": rng.poisson(3 + 3 * buys), "from": np.where(rng.random(220) < 0.5, "=ad", "mail"), "buys": buys}
    )
    frame.write_csv(folder / "visits.csv")
    return folder / "visits.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Raised, pl.DataFrame]:
    """What is found of a small file, and the rows written."""
    folder = tmp_path_factory.mktemp("raising")
    out = folder / "rows.csv"
    found = raise_source(Request(str(_file(folder)), label="buys", seed=0), out)
    return found, pl.read_csv(out)


def test_rows_are_written_as_asked(made: tuple[Raised, pl.DataFrame]) -> None:
    """The file holds as many rows as are said, all marked, and no cell that a spreadsheet would run."""
    found, rows = made
    assert rows.height == found.rows > 0
    assert rows["synthetic"].all()
    assert not rows["from"].str.starts_with("=").any()


def test_it_is_told_in_lines(made: tuple[Raised, pl.DataFrame]) -> None:
    """Every way has a line with its verdict, and the last line is the answer."""
    lines = told(made[0].result)
    assert [line.split("  ")[0] for line in lines if "lost 0" in line][:2] == ["as it is", "class weights"]
    assert "small" in lines[-1]


def test_wrong_inputs_are_told_before_anything_is_read(tmp_path: Path) -> None:
    """No file, no label, or a file of another kind, is one sentence; nothing is written."""
    source = str(_file(tmp_path))
    with pytest.raises(SourceNotFoundError, match="no file"):
        raise_source(Request("nothing.csv"))
    with pytest.raises(InputError, match="--label"):
        raise_source(Request(source))
    with pytest.raises(InputError, match="neither .parquet nor .csv"):
        raise_source(Request(source, label="buys"), tmp_path / "rows.xlsx")
    with pytest.raises(OutputError, match="its folder does not exist"):
        raise_source(Request("nothing.csv", label="buys"), tmp_path / "nowhere" / "rows.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["visits.csv"]
