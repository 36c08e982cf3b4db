"""Writes the parts of a table to Parquet files, which become visible when all parts have been written.

A task writes its file to a temporary folder, under a name of its own. The driver moves the files of the tasks that it has
accepted. A task may therefore fail, be repeated, or run twice at the same time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from .errors import BertieError

TEMPORARY = "_temporary"
GROUP_BYTES = 1 << 26
"""Bytes of a row group before it is encoded and compressed."""


def new_folder(path: str | Path) -> str:
    """Returns the path or URI, and creates the folder for temporary files in it.

    Raises BertieError if there are files already.
    """
    given = str(path) if "://" in str(path) else str(Path(path).absolute())
    files, root = _file_system(given)
    kind = files.get_file_info(root).type
    if kind == fs.FileType.File or (kind == fs.FileType.Directory and files.get_file_info(fs.FileSelector(root))):
        raise BertieError(f"{path}: the path exists, and is not an empty directory. Pass another path, or remove it.")
    files.create_dir(f"{root}/{TEMPORARY}", recursive=True)
    return given


def write_part(batches: Iterable[pa.RecordBatch], path: str, part: int) -> str | None:
    """Writes the batches to a temporary Parquet file. Returns its name, or None if there are no batches."""
    files, root = _file_system(path)
    name = f"part-{part:05d}-{uuid.uuid4().hex}.parquet"
    group: list[pa.RecordBatch] = []
    writer, size = None, 0
    try:
        for batch in batches:
            if writer is None:
                target = f"{root}/{TEMPORARY}/{name}"
                writer = pq.ParquetWriter(target, batch.schema, filesystem=files, compression="snappy")
            group.append(batch)
            size += batch.nbytes
            if size >= GROUP_BYTES:
                _write_group(writer, group)
                group, size = [], 0
        if group:
            _write_group(writer, group)
    finally:
        if writer is not None:
            writer.close()
    return None if writer is None else name


def _write_group(writer: pq.ParquetWriter, batches: list[pa.RecordBatch]) -> None:
    table = pa.Table.from_batches(batches)
    writer.write_table(table, row_group_size=max(len(table), 1))


def publish_parts(path: str, names: Sequence[str]) -> list[str]:
    """Moves temporary files to the folder, removes other temporary files, and writes _SUCCESS. Returns the files.

    Raises BertieError if a file is missing.
    """
    files, root = _file_system(path)
    found = files.get_file_info([f"{root}/{TEMPORARY}/{name}" for name in names])
    missing = next((info.path for info in found if info.type != fs.FileType.File), None)
    if missing is not None:
        text = f"{missing}: a task has written this file, but the driver does not find it"
        raise BertieError(f"{text}. Pass a path that all machines share, such as an s3:// or hdfs:// URI.")
    for name in names:
        files.move(f"{root}/{TEMPORARY}/{name}", f"{root}/{name}")
    remove_temporary(path)
    with files.open_output_stream(f"{root}/_SUCCESS"):
        pass
    return [f"{path}/{name}" for name in names]


def remove_temporary(path: str) -> None:
    """Removes the temporary files of a folder."""
    files, root = _file_system(path)
    files.delete_dir(f"{root}/{TEMPORARY}")


def _file_system(path: str) -> tuple[fs.FileSystem, str]:
    files, root = fs.FileSystem.from_uri(path)
    return files, root.rstrip("/")
