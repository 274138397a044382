"""The version of the code that a figure was made by."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from orchestration.digest import folder_digest
from orchestration.settings import Settings


def code_version(settings: Settings) -> str:
    """The package's version and a digest of models and of Python, such as `0.4.0+3f9a2c71d05e`."""
    parts = folder_digest(settings.dbt_project) + folder_digest(Path(__file__).parent, "*.py")
    return f"{version('renkou')}+{hashlib.sha256(parts.encode()).hexdigest()[:12]}"
