"""Suites: the thresholds of `expectations/suites/<register>.yml`, validated at load. Format: expectations/README.md."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.cached import by_files
from orchestration.errors import ContractError

ExpectationType = Literal[
    "ExpectColumnValuesToNotBeNull",
    "ExpectColumnValuesToBeBetween",
    "ExpectColumnValueLengthsToEqual",
    "ExpectCompoundColumnsToBeUnique",
    "ExpectTableRowCountToBeBetween",
    "UnexpectedRowsExpectation",
    "LandingLimit",  # of a contract, never of a suite: quality/limits.py
]
Dimension = Literal[
    "completeness", "validity", "uniqueness", "timeliness", "accuracy", "consistency", "coverage", "volume"
]


COUNTED = ("UnexpectedRowsExpectation", "LandingLimit")  # the limit is `tolerated`, not GX's `mostly`


class Threshold(BaseModel):
    """One expectation with its threshold, and why it stands where it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ExpectationType
    kwargs: dict[str, Any]
    dimension: Dimension
    severity: Literal["fail", "warn"]
    since: date
    reason: str = Field(min_length=20)
    zh: str = Field(min_length=4)
    en: str = Field(min_length=4)
    tolerated: float = Field(0.0, ge=0, lt=1, description="share of unexpected rows that is tolerated")
    chance: float = Field(0.0, ge=0, le=4, description="standard errors allowed on top, for small numbers")
    at_least: int = Field(1, ge=1, description="fewer rows than this are not judged (n/a)")
    among: str | None = Field(None, description="SQL condition: the rows that are judged; default all")

    @model_validator(mode="after")
    def tolerance_in_one_place(self) -> "Threshold":
        if self.type not in COUNTED and (self.tolerated or self.chance or self.among):
            raise ValueError("tolerated, chance and among belong to UnexpectedRowsExpectation; others use `mostly`")
        return self

    @property
    def threshold(self) -> float:
        """The share of rows that must be as expected."""
        return 1.0 - self.tolerated if self.type in COUNTED else float(self.kwargs.get("mostly", 1.0))


def load_suites(folder: Path) -> dict[str, list[Threshold]]:
    """All suites by register; ContractError lists every error of every file at once."""
    return dict(_suites((folder / "suites").glob("*.yml")))


@by_files
def _suites(paths: list[Path]) -> dict[str, list[Threshold]]:
    suites: dict[str, list[Threshold]] = {}
    problems: list[str] = []
    for path in paths:
        thresholds = []
        for entry in yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)["expectations"]:
            try:
                thresholds.append(Threshold(**entry))
            except ValidationError as error:
                items = error.errors(include_input=False, include_url=False)
                problems += [f"{path.name}: {entry.get('id', '?')}: {i['loc']}: {i['msg']}" for i in items]
        suites[path.stem] = thresholds
    limits = [t.id for thresholds in suites.values() for t in thresholds if t.type == "LandingLimit"]
    problems += [f"{name}: a LandingLimit stands in the register's contract, not in a suite" for name in limits]
    ids = [threshold.id for thresholds in suites.values() for threshold in thresholds]
    problems += [f"id {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    if problems:
        raise ContractError("the expectation suites are not valid:\n" + "\n".join(f"  {p}" for p in problems))
    return suites
