"""Experiments from files: open the tables, plan or analyse, write the page and the JSON."""

from __future__ import annotations

import datetime
import math
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import overload

from clientela.domain.errors import InputError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.experiments.analysing import analyse
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.planning import Asked, plan
from clientela.experiments.result import Analysis, Plan
from clientela.language import Language
from clientela.report.experiment_page import Shown, render_experiment
from clientela.report.logo import read_brand
from clientela.sources.opening import open_table
from clientela.workspace.artifacts import encode
from clientela.workspace.folder import Workspace, write_whole
from clientela.workspace.settings import read_settings


def analyse_sources(
    decisions: object,
    outcomes: object | None,
    options: ExperimentOptions,
    progress: Progress = SILENT,
    sheets: tuple[str | None, str | None] = (None, None),
) -> Analysis:
    """Analyse an experiment from files or frames.

    Args:
        decisions: Who was shown which variant.
        outcomes: What came of it, or None where the decisions say.
        options: What is asked.
        progress: Takes word of how far it is.
        sheets: Sheets of the decisions and of the outcomes, where they are workbooks.

    Returns:
        The analysis.

    Raises:
        ClientelaError: A wrong input.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"variant": ["a", "b"] * 500, "bought": [0, 0, 0, 1] * 250})
    >>> from clientela.domain.goal import Goal
    >>> analyse_sources(rows, None, ExperimentOptions(Goal.CONVERSION)).effects[0].difference.value
    0.5
    """
    with ExitStack() as stack:
        first = stack.enter_context(open_table(decisions, sheet=sheets[0], progress=progress))
        second = None
        if outcomes is not None:
            second = stack.enter_context(open_table(outcomes, sheet=sheets[1], progress=progress))
        return analyse(first, second, options, progress)


def plan_source(
    visits: object, options: ExperimentOptions, asked: Asked, progress: Progress = SILENT, sheet: str | None = None
) -> Plan:
    """Plan an experiment from a file or frame of visits as they are.

    Args:
        visits: Visits with their outcomes.
        options: Goal and columns.
        asked: Effect, holdout and power.
        progress: Takes word of how far it is.
        sheet: Sheet of a workbook.

    Returns:
        The plan.

    Raises:
        ClientelaError: A wrong input.
    """
    with open_table(visits, sheet=sheet, progress=progress) as table:
        return plan(table, options, asked, progress)


def analysis_json(analysis: Analysis) -> bytes:
    """Return the analysis as JSON."""
    return encode(analysis)


def plan_json(made: Plan) -> bytes:
    """Return the plan as JSON."""
    return encode(made)


def write_plan(made: Plan, path: Path) -> None:
    """Write the plan as JSON, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_bytes(plan_json(made)))


def write_analysis(analysis: Analysis, source: str, path: Path, language: Language | None = None) -> None:
    """Write the analysis, as a page where the name ends in .html, else as JSON, whole or not at all.

    A page in a folder with a `clientela.toml` takes its language and its look.

    Args:
        analysis: The analysis.
        source: Name of the table of decisions.
        path: The file.
        language: Language of the page; None takes that of the folder.

    Raises:
        InputError: The folder's clientela.toml cannot be read, or its logo.
        OutputError: The file cannot be written.
    """
    if path.suffix.lower() in (".html", ".htm"):
        created = datetime.datetime.now(datetime.UTC).date().isoformat()
        settings = read_settings(Workspace(path.parent))
        brand = read_brand(settings.brand, path.parent)
        shown = Shown(Path(source).name, created, version("clientela"), language or settings.run.language, brand)
        data = render_experiment(analysis, shown).encode()
    else:
        data = analysis_json(analysis)
    write_whole(path, lambda temporary: temporary.write_bytes(data))


@overload
def share_of(text: str, name: str) -> float: ...


@overload
def share_of(text: None, name: str) -> None: ...


def share_of(text: str | None, name: str) -> float | None:
    """Return a share that a person wrote.

    Args:
        text: "5%", "5 %" or "0.05"; None stays None.
        name: Name of the option, for the error.

    Raises:
        InputError: It is no share.

    >>> share_of("5 %", "--holdout"), share_of("0.05", "--holdout")
    (0.05, 0.05)
    """
    if text is None:
        return None
    plain = text.strip().removesuffix("%")
    try:
        value = float(plain) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not -1 < value < 1e3:
        raise InputError(f"{name} is {quoted(text)}: write a share such as 5% or 0.05.")
    return value
