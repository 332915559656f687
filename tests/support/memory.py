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
OURS = "plumbline-tests-"
ROOM = 4 * 1024**3  # in a container it is often 64 MB, which two servers fill


def place() -> str | None:
    """The folder to make folders in; None for the system's own for temporary files."""
    fit = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return str(MEMORY) if fit else None


@contextmanager
def folder() -> Iterator[Path]:
    """One that is gone afterwards. What a process left that was killed is removed by the next one."""
    _remove_what_was_left()
    with tempfile.TemporaryDirectory(prefix=f"{OURS}{os.getpid()}-", dir=place()) as made:
        yield Path(made)


def _remove_what_was_left() -> None:
    for left in MEMORY.glob(f"{OURS}*-*"):
        if not _lives(int(left.name.removeprefix(OURS).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
