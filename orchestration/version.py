"""The version of the code that a figure was made by."""

from importlib.metadata import version

from orchestration.settings import Settings
from orchestration.transform import project_digest


def code_version(settings: Settings) -> str:
    """The package's version and a digest of the dbt project, such as `0.4.0+3f9a2c71d05e`."""
    return f"{version('renkou')}+{project_digest(settings)[:12]}"
