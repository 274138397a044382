"""Pages of `docs/` and the contracts of published tables, made from contracts, suites, seeds and the properties of models.

So they cannot go out of date: `python -m orchestration.documents` (`make docs`) writes them; a test keeps them true.
"""

from collections.abc import Callable
from pathlib import Path

from orchestration.documents import indicators, registers, stars
from orchestration.publish import table_contracts
from orchestration.settings import PROJECT_ROOT, Settings

DOCUMENTS: dict[Path, Callable[[Settings], str]] = {
    PROJECT_ROOT / "docs" / "registers.md": registers.current_document,
    PROJECT_ROOT / "docs" / "indicators.md": indicators.current_document,
    PROJECT_ROOT / "docs" / "stars.md": stars.current_document,
    table_contracts.path_of(PROJECT_ROOT / "dbt_project"): table_contracts.current_document,
}
