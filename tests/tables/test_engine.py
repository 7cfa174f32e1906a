"""The engine keeps to its limits, cleans up, and speaks in one sentence."""

from __future__ import annotations

import gc
from pathlib import Path

import duckdb
import polars as pl
import pytest
from sqlglot import exp

from clientela.domain.errors import ClientelaError, InputError, OutputError, RefusedError
from clientela.tables import sql
from clientela.tables.engine import Engine, told


def numbers(rows: int) -> exp.Select:
    """Return a query of `rows` whole numbers."""
    return exp.select("*").from_(exp.Table(this=sql.call("range", sql.number(rows))))


def setting(engine: Engine, name: str) -> str:
    """Return a setting of the engine as text."""
    value = sql.call("current_setting", sql.text(name))
    return str(engine.frame(exp.Select(expressions=[value])).item())


def test_settings() -> None:
    """Threads and memory are those asked for; nothing is fetched from a network."""
    with Engine(threads=1, memory=300) as engine:
        assert setting(engine, "threads") == "1"
        assert setting(engine, "memory_limit") == "300.0 MiB"
        for name in ("autoinstall_known_extensions", "autoload_known_extensions", "enable_progress_bar"):
            assert setting(engine, name) == "False"
        assert setting(engine, "preserve_insertion_order") == "True"


def test_the_folder_is_private_and_removed(tmp_path: Path) -> None:
    """What is spilled lies in a folder of one's own, which goes when the engine is closed."""
    with Engine(folder=tmp_path) as engine:
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        engine.create_table(numbers(10))
    assert list(tmp_path.iterdir()) == []


def test_the_folder_goes_with_a_forgotten_engine(tmp_path: Path) -> None:
    """An engine that nobody closed leaves nothing behind."""
    engine = Engine(folder=tmp_path)
    del engine
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_no_place_for_the_folder(tmp_path: Path) -> None:
    """Where no folder can be made, the error says why."""
    with pytest.raises(OutputError, match="No temporary folder can be made: No such file"):
        Engine(folder=tmp_path / "missing")


def test_tables_views_and_batches() -> None:
    """Tables hold rows, views ask again; both have fresh names, and batches keep the order."""
    with Engine(threads=2) as engine:
        table = engine.create_table(numbers(5000))
        view = engine.create_view(exp.select("range").from_(sql.table(table)))
        assert table != view
        assert engine.types(view) == [("range", "BIGINT")]
        parts = list(engine.batches(exp.select("*").from_(sql.table(view)), 999))
        assert [part.height for part in parts[:2]] == [999, 999]
        assert pl.concat(parts)["range"].to_list() == list(range(5000))
        engine.drop(table)
        with pytest.raises(ClientelaError, match="does not exist"):
            engine.types(table)


def test_frames_are_copied_under_a_fresh_name() -> None:
    """A frame and an Arrow table are loaded in order."""
    frame = pl.DataFrame({"c0": [3, 1, 2]})
    with Engine(threads=1) as engine:
        for data in (frame, frame.to_arrow()):
            assert engine.frame(exp.select("*").from_(sql.table(engine.load(data)))).equals(frame)


def test_two_streams_at_once() -> None:
    """A stream goes on while the engine answers something else."""
    with Engine(threads=1) as engine:
        query = numbers(50_000)
        first = engine.batches(query, 10_000)
        next(first)
        assert engine.frame(exp.select(exp.Count(this=exp.Star())).from_(query.subquery("q"))).item() == 50_000
        assert sum(part.height for part in first) == 40_000


def test_closed_engine() -> None:
    """A closed engine says so; dropping a table of it does no harm."""
    engine = Engine(threads=1)
    engine.close()
    engine.drop("t0")
    with pytest.raises(InputError, match="closed"):
        engine.frame(exp.select(sql.number(1)))


def test_out_of_memory() -> None:
    """A query that cannot be held says what to do."""
    rows = numbers(3_000_000)
    gathered = sql.select(
        [sql.call("list", sql.call("repeat", sql.cast(sql.column("range"), "VARCHAR"), sql.number(9)))], rows
    )
    with Engine(threads=1, memory=20) as engine, pytest.raises(RefusedError, match="memory does not suffice"):
        engine.frame(gathered)


def test_corrupt_and_missing_files(tmp_path: Path) -> None:
    """A file that is no Parquet, or that is gone, is named in one sentence."""
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"no parquet at all, but long enough to look at")
    with Engine(threads=1) as engine:
        for name in (path, tmp_path / "gone.parquet"):
            with pytest.raises(InputError, match=name.name) as caught:
                engine.create_view(exp.select("*").from_(exp.Table(this=sql.call("read_parquet", sql.text(str(name))))))
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (
            duckdb.OutOfMemoryException("Out of Memory Error: failed to offload data: max_temp_directory_size"),
            OutputError,
            "disk",
        ),
        (duckdb.IOException("IO Error: Could not write: No space left on device"), OutputError, "disk"),
        (duckdb.IOException("IO Error: Cannot open file 'x'"), InputError, "Cannot open file 'x'"),
        (duckdb.ConversionException("Conversion Error: no number\nLINE 1"), InputError, "no number"),
        (duckdb.InternalException(""), ClientelaError, "cannot do this"),
    ],
)
def test_errors_are_told(error: duckdb.Error, kind: type[ClientelaError], sentence: str) -> None:
    """Each error of the engine becomes one sentence of the right kind."""
    with pytest.raises(kind, match=sentence), told():
        raise error
