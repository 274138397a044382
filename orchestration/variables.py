"""The parameters of the models (`vars` of dbt_project.yml, with their reasons), for the rooms that need the same ones."""

from pathlib import Path
from typing import Any

import yaml

from orchestration.cached import by_files


def variables(project: Path) -> dict[str, Any]:
    """All parameters by name."""
    return _variables([project / "dbt_project.yml"])


@by_files
def _variables(paths: list[Path]) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(paths[0].read_text(encoding="utf-8"))["vars"]
    return found
