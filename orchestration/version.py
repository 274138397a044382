"""The version of the code that a figure was made by."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from orchestration.settings import Settings
from orchestration.transform import project_digest

PACKAGE = Path(__file__).parent


def code_version(settings: Settings) -> str:
    """The package's version and a digest of models and of Python, such as `0.4.0+3f9a2c71d05e`."""
    digest = hashlib.sha256(project_digest(settings).encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PACKAGE)} {len(content)} ".encode() + content)
    return f"{version('renkou')}+{digest.hexdigest()[:12]}"
