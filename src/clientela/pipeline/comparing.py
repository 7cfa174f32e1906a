"""Two releases on the rows of a source."""

from __future__ import annotations

from pathlib import Path

from clientela.domain.errors import ColumnError, SourceNotFoundError, listed, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.models.comparing import Comparison, Difference, compare_releases
from clientela.models.options import ModelOptions
from clientela.models.release import MANIFEST, Release
from clientela.models.target import unknown
from clientela.sources.opening import open_table
from clientela.workspace.folder import SETTINGS, Workspace
from clientela.workspace.releases import champion_folder


def compare_sources(
    first: str | Path, second: str | Path, source: object, *, sheet: str | None = None, progress: Progress = SILENT
) -> tuple[Comparison, tuple[str, ...]]:
    """Compare two releases on the rows of a source.

    Args:
        first: Folder of a release, or a project folder, which stands for the release in use there.
        second: Another one.
        source: Rows with the label, of which neither should have learned: a file, folder, glob, or a frame.
        sheet: Sheet or table name.
        progress: Takes word of how far it is.

    Returns:
        The comparison, and sentences about limits.

    Raises:
        ClientelaError: A wrong input.
    """
    releases = [Release.load(_folder(Path(folder))) for folder in (first, second)]
    manifests = [release.manifest for release in releases]
    options = ModelOptions()
    with open_table(source, sheet=sheet, progress=progress) as table:
        names = [field.name for field in table.fields]
        needed = dict.fromkeys(name for m in manifests for name in (m.target.label, *m.features))
        lost = [name for name in needed if name not in names]
        if lost:
            raise ColumnError(f"The rows lack columns that a comparison needs: {listed(lost)}.")
        visitor = manifests[1].visitor if manifests[1].visitor in names else None
        progress.update("comparing", 0.5)
        frame = table.sample(options.sample_rows, options.seed, key=visitor)
        print_of = table.reading.fingerprint
    knows = [
        word for word, m in zip(("first", "second"), manifests, strict=True) if print_of and m.fingerprint == print_of
    ]
    notes = tuple(f"The {word} release has learned from this very file: its numbers flatter it." for word in knows)
    found = compare_releases(releases[0], releases[1], frame, options)
    return found, (*unknown(manifests[0].target, frame[manifests[0].target.label]), *notes)


def told(comparison: Comparison) -> tuple[str, ...]:
    """Return a comparison in lines for a person."""
    unit = f"{comparison.units:,} {comparison.unit}s" if comparison.unit != "row" else "each on its own"
    lines = [f"Compared on {comparison.rows:,} rows ({unit}); the difference is second less first, with its interval."]
    for one in comparison.differences:
        said = "the same" if _same(one) else f"the {one.better} is better" if one.better else "cannot be told"
        lines.append(f"{one.name:<26}{one.first:>9.4f}{one.second:>9.4f}   {one.gap!r}: {said}")
    return tuple(lines)


def verdict(comparison: Comparison) -> str:
    """Say in one sentence which release is better."""
    goal, better = comparison.deciding, comparison.deciding.better
    if all(map(_same, comparison.differences)):
        return f"Both releases answer alike on all {comparison.rows:,} rows."
    if better is None:
        return f"Which release is better cannot be told from {comparison.rows:,} rows ({goal.name})."
    return f"The {better} release is better ({goal.name} {goal.first:.4f} against {goal.second:.4f})."


def _same(one: Difference) -> bool:
    return one.gap.low == one.gap.high == 0


def _folder(folder: Path) -> Path:
    if (folder / MANIFEST).is_file():
        return folder
    if (folder / SETTINGS).is_file():
        return champion_folder(Workspace(folder))
    raise SourceNotFoundError(f"{quoted(str(folder))} is neither a release nor a folder made by `clientela learn`.")
