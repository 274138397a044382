"""What survives a power cut: a file's content, and the names in a folder."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """The file's content, or the folder's names, are on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
