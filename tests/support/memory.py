"""Where what is thrown away at once is kept: in memory, if this machine has room there.

Every test has a database of its own, and a disk would write each of them, though nobody reads them again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - only folders with a name of their own are made in it
ROOM = 4 * 1024**3  # in a container it is often 64 MB, which two servers fill


def place() -> str | None:
    """The folder to make folders in; None for the system's own for temporary files."""
    fit = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return str(MEMORY) if fit else None


@contextmanager
def folder() -> Iterator[Path]:
    """One that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="plumbline", dir=place()) as made:
        yield Path(made)
