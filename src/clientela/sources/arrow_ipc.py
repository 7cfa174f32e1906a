"""Arrow IPC, the file and the stream format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clientela.domain.errors import ClientelaError, InputError, quoted
from clientela.domain.reading import Reading
from clientela.sources.fingerprint import unchanged
from clientela.sources.streams import arrow, load_stream
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine


def open_arrow(path: Path, engine: Engine) -> DuckTable:
    """Read an Arrow IPC file or stream; its types are kept.

    Raises:
        InputError: The file is damaged or holds no rows.
    """
    try:
        with unchanged([path]) as mark, arrow.OSFile(str(path)) as file:
            reading = Reading(source=path.name, format="arrow", header_row=0, header_lines=0, fingerprint=mark)
            return load_stream(_reader(file), reading, engine)
    except InputError:
        raise
    except (arrow.ArrowException, ClientelaError, OSError, ValueError) as error:
        raise InputError(
            f"The Arrow file {quoted(path.name)} is damaged or cut off: get it again, or write it anew."
        ) from error


def _reader(file: Any) -> Any:
    if file.read(6) != b"ARROW1":
        file.seek(0)
        return arrow.ipc.open_stream(file)
    whole = arrow.ipc.open_file(file)
    batches = (_checked(whole.get_batch(index)) for index in range(whole.num_record_batches))
    return arrow.RecordBatchReader.from_batches(whole.schema, batches)


def _checked(batch: Any) -> Any:
    # Offsets in a damaged file may point anywhere; without this check reading them ends the process.
    batch.validate(full=True)
    return batch
