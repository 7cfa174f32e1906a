"""How is it deployed, and how does it grow?"""

from __future__ import annotations

from clientela.report.blocks import Bullets, Chapter
from clientela.report.contents import Contents
from clientela.report.numbers import count
from clientela.report.text import plural


def deploying(contents: Contents) -> Chapter:
    """Return the chapter on one machine, sampling, and what does not exist yet."""
    return Chapter(
        "deploying",
        "Deployment",
        "How is it deployed (one machine, Google Cloud), and how does it grow (sampling, Spark over HDFS)?",
        "Today it runs on one machine: an ordinary laptop or a small server, from a timer such as cron. Tables "
        "larger than "
        "memory are read in parts by an embedded database, and models learn from a seeded sample. There is no live "
        "decision "
        "service yet: scores are computed in batches and given to the shop's own system as a file.",
        (Bullets(_steps(contents)),),
        (
            (
                "Clientela does not run on Google Cloud, BigQuery or Spark over HDFS yet; nothing here has been tried "
                "there."
            ),
        ),
    )


def _steps(contents: Contents) -> tuple[str, ...]:
    table, model = contents.audit.table, contents.model
    read = f"This run: {plural(table.rows, 'row')} in {plural(table.columns, 'column')}"
    if table.sampled < table.rows:
        read += f"; relations on a sample of {count(table.sampled)} rows"
    if model is not None:
        part = "all rows" if model.rows >= model.table_rows else f"a sample of {count(model.rows)} rows"
        read += f"; the model on {part}"
    return (
        f"{read}.",
        (
            "One machine: install the package, put the command in a timer, write scores to a parquet file that the "
            "shop "
            "reads."
        ),
        (
            "More rows: sampling comes first. A sample of some 100,000 rows tells shares within a third of a point; "
            "the "
            "whole table "
            "is needed to score it, not to learn from it."
        ),
        (
            "More than one machine can hold, or data that must not leave a warehouse: this is what another engine "
            "behind the same "
            "reading of tables would be for. It does not exist yet."
        ),
    )
