"""A release: one trained, evaluated, immutable model with all that scoring needs, as plain files."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

from clientela.domain.column import LONGEST
from clientela.domain.errors import InputError, OutputError, SourceNotFoundError, listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.domain.record import Record
from clientela.models import questions
from clientela.models.covering import Cover
from clientela.models.fitting import Fitted
from clientela.models.learners import Line, Trees
from clientela.models.odds import LINE, TREES
from clientela.models.recipe import Recipe
from clientela.models.result import Target
from clientela.models.scorer import Scorer
from clientela.models.settling import Settled
from clientela.models.values import readable

FORMAT = 1
MANIFEST, RECIPE, LINES, CALIBRATION, METRICS = (
    "manifest.json",
    "recipe.json",
    "coefficients.json",
    "calibration.json",
    "metrics.json",
)
COVER = "intervals.json"
MET = "met.bin"
TREE_FILE = "trees_"
REVENUE = "expected_revenue"

T = TypeVar("T")


class Manifest(msgspec.Struct, frozen=True):
    """What a release is.

    Attributes:
        format: Version of this layout.
        target: What is predicted.
        features: Columns needed to score.
        identifiers: Columns that tell rows apart; carried along when scoring.
        chosen: Candidate chosen.
        rows: Rows learned from.
        seed: Seed of every random step.
        fingerprint: Fingerprint of the source learned from.
        environment: Versions it was made with.
        files: SHA-256 of every other file.
        visitor: Column with the visitor behind rows, or None.
        until: Time of the newest row learned from, as a number in the order of time; None where unknown.
        promised: AUC of "anything above the first class" to expect of rows to come; None where unknown.
        goal: What the business wants moved; another release that is worse at it does not take its place.
        seal: SHA-256 of all of this but the seal; "" in releases made before there was one.
    """

    format: int
    target: Target
    features: tuple[str, ...]
    identifiers: tuple[str, ...]
    chosen: str
    rows: int
    seed: int
    fingerprint: str
    environment: dict[str, str]
    files: dict[str, str] = {}
    visitor: str | None = None
    until: float | None = None
    promised: Estimate | None = None
    goal: Goal = Goal.REVENUE_PER_VISIT
    seal: str = ""


def environment() -> dict[str, str]:
    """Return the versions that a model's numbers depend on."""
    names = ("clientela", "lightgbm", "numpy", "polars", "scipy")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}


@dataclass(frozen=True, repr=False)
class Release:
    """A model ready to score.

    Attributes:
        manifest: What it is.
        fitted: Recipe and learners.
        settled: From log-odds to probabilities and revenue.
        metrics: The result of learning, or of the comparison that promoted it, as JSON text.
        cover: Thresholds of prediction sets and intervals, or None.
        met: Digests of the rows learned from, where no time tells new ones (`met.packed`); else empty.
    """

    manifest: Manifest
    fitted: Fitted
    settled: Settled
    metrics: bytes
    cover: Cover | None = None
    met: bytes = b""

    def __repr__(self) -> str:
        target = self.manifest.target
        return (
            f"Release of {target.label!r} ({target.kind}, {len(target.classes)} classes): {self.manifest.chosen}, "
            f"{len(self.manifest.features)} columns, {self.manifest.rows:,} rows"
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the columns that `predict` returns."""
        names = tuple(f"p_{name}" for name in self.manifest.target.classes)
        return (*names, REVENUE) if self.settled.means else names

    def predict(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Score rows.

        Columns may come in any order and storage, with others beside them; text that holds
        numbers is read as numbers.

        Args:
            frame: Rows with the columns the release needs.

        Returns:
            `p_<class>` for every class and `expected_revenue` where there is revenue, in
            money; one row per row, in order.

        Raises:
            ColumnError: Columns are missing; all of them are named.
            InputError: The rows are no Polars frame, or a column holds lists, records or bytes.
        """
        given: object = frame
        if not isinstance(given, pl.DataFrame):
            raise InputError(
                f"A {type(given).__name__} cannot be scored as it is: give a Polars frame (pl.from_pandas makes one "
                "of a pandas frame, `clientela.open_table` a table of any file)."
            )
        frame = self._named(frame)
        for name in self.manifest.features:
            if name in frame.columns and not readable(frame.schema[name]):
                raise InputError(f"The column {quoted(name)} holds lists, records or bytes, which cannot be scored.")
        found = self.settled.probabilities(self.fitted.odds(frame))
        columns = list(found.T)
        if self.settled.means:
            columns.append(self.settled.revenue(found))
        return pl.DataFrame(dict(zip(self.outputs, columns, strict=True)))

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Cut headers that are longer than a file's names ever are, where the model knows them cut."""
        wanted = {name for name in self.manifest.features if len(name) == LONGEST and name not in frame.columns}
        cut = {name: name[:LONGEST] for name in frame.columns if name[:LONGEST] in wanted}
        return frame.rename(cut) if len(set(cut.values())) == len(cut) else frame

    def scorer(self) -> Scorer:
        """Return what scores one row at a time, in microseconds; make one for each thread."""
        return Scorer(self.fitted, self.settled, self.outputs)

    def save(self, folder: Path) -> None:
        """Write the release into `folder`, which is made where it is missing.

        Raises:
            OutputError: The files cannot be written there.
        """
        files = self._files()
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
        files[MANIFEST] = _json(_sealed(msgspec.structs.replace(self.manifest, files=hashes)))
        links = [name for name in files if (folder / name).is_symlink()]
        if links:
            raise OutputError(f"The release folder has links named {listed(links)}: remove them first.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            raise OutputError(f"The release cannot be written to {quoted(str(folder))}: {error.strerror}.") from error

    @classmethod
    def load(cls, folder: Path) -> Release:
        """Read a release.

        Raises:
            SourceNotFoundError: There is no release in the folder.
            InputError: It is damaged, incomplete, or of a newer version.
        """
        manifest = _decode(_read(folder, MANIFEST), Manifest, MANIFEST)
        if manifest.format != FORMAT:
            raise InputError(
                f"The release has format {manifest.format}, this version reads {FORMAT}: "
                "learn again, or use the version that made it."
            )
        if manifest.seal and manifest != _sealed(manifest):
            raise InputError(f"{quoted(MANIFEST)} of the release was changed or damaged: copy it again or learn again.")
        files = {name: _checked(folder, name, digest) for name, digest in manifest.files.items()}
        lost = [name for name in (RECIPE, LINES, CALIBRATION, METRICS) if name not in files]
        if lost:
            raise InputError(f"The release lacks {listed(lost)}: copy it again or learn again.")
        trees = tuple(_opened(files[name], name) for name in sorted(files) if name.startswith(TREE_FILE))
        fitted = Fitted(_decode(files[RECIPE], Recipe, RECIPE), trees, _decode(files[LINES], tuple[Line, ...], LINES))
        settled = _decode(files[CALIBRATION], Settled, CALIBRATION)
        _agree(manifest, fitted, settled)
        cover = _decode(files[COVER], Cover, COVER) if COVER in files else None
        if cover is not None and len(cover.classes) != len(manifest.target.classes):
            raise InputError("The parts of the release do not fit together: copy it again or learn again.")
        return cls(manifest, fitted, settled, files[METRICS], cover, files.get(MET, b""))

    def _files(self) -> dict[str, bytes]:
        files = {
            RECIPE: _json(self.fitted.recipe),
            LINES: _json(self.fitted.lines),
            CALIBRATION: _json(self.settled),
            METRICS: self.metrics,
        }
        if self.cover is not None:
            files[COVER] = _json(self.cover)
        if self.met:
            files[MET] = self.met
        return files | {f"{TREE_FILE}{index:02d}.txt": tree.to_bytes() for index, tree in enumerate(self.fitted.trees)}


def metrics_json(result: Record) -> bytes:
    """Return a result as JSON text; what is NaN becomes null."""
    return _json(result.to_dict())


def _sealed(manifest: Manifest) -> Manifest:
    """Return a manifest with the digest of what it says."""
    bare = _json(msgspec.structs.replace(manifest, seal=""))
    return msgspec.structs.replace(manifest, seal=hashlib.sha256(bare).hexdigest())


def _json(content: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _decode(content: bytes, kind: type[T], name: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"{quoted(name)} of the release is damaged ({error}): copy it again or learn again."
        ) from error


def _read(folder: Path, name: str) -> bytes:
    """Return a file of the folder; refuses what lies outside."""
    path = folder / name
    if Path(name).name != name or path.resolve().parent != folder.resolve():
        raise InputError(f"The release names the file {quoted(name)}, which is not in its own folder.")
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceNotFoundError(
            f"There is no {quoted(name)} in {quoted(str(folder))}: no release is there, or it is incomplete."
        ) from error
    except OSError as error:
        raise InputError(f"{quoted(name)} of the release cannot be read: {error.strerror}.") from error


def _checked(folder: Path, name: str, digest: str) -> bytes:
    content = _read(folder, name)
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{quoted(name)} of the release was changed or damaged: copy it again or learn again.")
    return content


def _opened(content: bytes, name: str) -> Trees:
    """Return trees from their file, read once so that damage shows now."""
    try:
        tree = Trees.from_bytes(content)
        _ = tree.width
    except ValueError as error:
        raise InputError(f"{quoted(name)} of the release cannot be read: copy it again or learn again.") from error
    return tree


def _agree(manifest: Manifest, fitted: Fitted, settled: Settled) -> None:
    """Check that the parts fit together."""
    classes = len(manifest.target.classes)
    asked = questions.count(manifest.target.kind, classes)
    needed = settled.learners
    fits = (
        len(settled.scales) == asked
        and len(settled.means) in (0, classes)
        and (TREES not in needed or len(fitted.trees) == asked)
        and (LINE not in needed or len(fitted.lines) == asked)
        and all(tree.width in (0, len(fitted.recipe.tree_sources)) for tree in fitted.trees)
        and all(len(line.coefficients) == len(fitted.recipe.line_sources) for line in fitted.lines)
    )
    if not fits:
        raise InputError("The parts of the release do not fit together: copy it again or learn again.")
