"""A digest of a folder: what stands in which file."""

import hashlib
from pathlib import Path


def folder_digest(folder: Path, pattern: str = "*") -> str:
    """SHA-256 over the paths, sizes and contents of all files below a folder whose names match; hexadecimal."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob(pattern) if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)} {len(content)} ".encode() + content)
    return digest.hexdigest()
