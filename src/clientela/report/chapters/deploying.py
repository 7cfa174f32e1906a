"""How is it deployed, and how does it grow?"""

from __future__ import annotations

from clientela.language import say
from clientela.report.blocks import Bullets, Chapter
from clientela.report.contents import Contents
from clientela.report.numbers import count
from clientela.report.text import plural


def deploying(contents: Contents) -> Chapter:
    """Return the chapter on one machine, sampling, and what does not exist yet."""
    return Chapter(
        "deploying",
        say("Deployment"),
        say("How is it deployed (one machine, Google Cloud), and how does it grow (sampling, Spark over HDFS)?"),
        say(
            "Today it runs on one machine: an ordinary laptop or a small server, from a timer such as cron. "
            "Tables larger than memory are read in parts by an embedded database, and models learn from a seeded "
            "sample. There is no live decision service yet: scores are computed in batches and given to the "
            "shop's own system as a file."
        ),
        (Bullets(_steps(contents)),),
        (
            say(
                "Clientela does not run on Google Cloud, BigQuery or Spark over HDFS yet; nothing here has been tried "
                "there."
            ),
        ),
    )


def _steps(contents: Contents) -> tuple[str, ...]:
    table, model = contents.audit.table, contents.model
    read = say("This run: {rows} in {columns}", rows=plural(table.rows, "row"), columns=plural(table.columns, "column"))
    if table.sampled < table.rows:
        read += say("; relations on a sample of {sampled} rows", sampled=count(table.sampled))
    if model is not None:
        part = (
            say("all rows")
            if model.rows >= model.table_rows
            else say("a sample of {rows} rows", rows=count(model.rows))
        )
        read += say("; the model on {part}", part=part)
    return (
        f"{read}.",
        say(
            "One machine: install the package, put the command in a timer, write scores to a parquet file that "
            "the shop reads."
        ),
        say(
            "More rows: sampling comes first. A sample of some 100,000 rows tells shares within a third of a "
            "point; the whole table is needed to score it, not to learn from it."
        ),
        say(
            "More than one machine can hold, or data that must not leave a warehouse: this is what another engine "
            "behind the same reading of tables would be for. It does not exist yet."
        ),
    )
