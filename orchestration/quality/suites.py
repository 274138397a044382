"""Suites: the thresholds of `expectations/suites/<register>.yml`, validated at load. Format: expectations/README.md."""

import re
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


PLACE = re.compile(r"\{(\w+)\}")  # in a template
OF_GATE = {"batch", "judged"}  # places that the gate fills
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
    judged: str | None = Field(None, description="query of what is judged, where that is not rows of the delivery")
    asks: float | None = Field(None, gt=0, le=1, description="share as expected by which the query itself judges")

    @model_validator(mode="after")
    def tolerance_in_one_place(self) -> "Threshold":
        if self.type not in COUNTED and (self.tolerated or self.chance or self.among or self.judged):
            raise ValueError(
                "tolerated, chance, among and judged belong to UnexpectedRowsExpectation; others use `mostly`"
            )
        if self.asks is not None and (self.type != "UnexpectedRowsExpectation" or self.tolerated):
            raise ValueError("asks belongs to an UnexpectedRowsExpectation that tolerates nothing")
        if self.among and self.judged:
            raise ValueError("either among or judged says what is judged")
        return self

    @property
    def judged_query(self) -> str:
        """The query whose rows are those that are judged."""
        return (self.judged or "").strip() or f"select 1 from {{batch}} where {self.among or 'true'}"

    @property
    def unexpected_query(self) -> str:
        """The query whose rows are those that are not as expected; its `{judged}` is the query of what is judged."""
        return str(self.kwargs["unexpected_rows_query"]).strip().replace("{judged}", self.judged_query)

    @property
    def threshold(self) -> float:
        """The share of rows that must be as expected."""
        if self.asks is not None:
            return self.asks
        return 1.0 - self.tolerated if self.type in COUNTED else float(self.kwargs.get("mostly", 1.0))


def load_suites(folder: Path) -> dict[str, list[Threshold]]:
    """All suites by register; ContractError lists every error of every file at once."""
    return dict(_suites([*folder.glob("templates.yml"), *(folder / "suites").glob("*.yml")]))


@by_files
def _suites(paths: list[Path]) -> dict[str, list[Threshold]]:
    contents: dict[Path, dict[str, Any]]
    contents = {path: yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in paths}
    templates: dict[str, Any] = next(
        (content for path, content in contents.items() if path.name == "templates.yml"), {}
    )
    suites: dict[str, list[Threshold]] = {}
    problems: list[str] = []
    for path, content in contents.items():
        if content is not templates:
            names = {"register": path.stem, "name": content.get("name", path.stem)}
            suites[path.stem] = _suite(path.name, content["expectations"], templates, names, problems)
    limits = [t.id for thresholds in suites.values() for t in thresholds if t.type == "LandingLimit"]
    problems += [f"{name}: a LandingLimit stands in the register's contract, not in a suite" for name in limits]
    ids = [threshold.id for thresholds in suites.values() for threshold in thresholds]
    problems += [f"id {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    if problems:
        raise ContractError("the expectation suites are not valid:\n" + "\n".join(f"  {p}" for p in problems))
    return suites


def _suite(
    file: str, entries: list[dict[str, Any]], templates: dict[str, Any], names: dict[str, str], problems: list[str]
) -> list[Threshold]:
    """The thresholds of a file; what is wrong with them is added to `problems`."""
    thresholds = []
    for entry in entries:
        try:
            thresholds.append(Threshold(**_whole(entry, templates, names)))
        except ValidationError as error:
            items = error.errors(include_input=False, include_url=False)
            problems += [f"{file}: {entry.get('id', '?')}: {i['loc']}: {i['msg']}" for i in items]
        except ContractError as error:
            problems.append(f"{file}: {entry.get('id', '?')}: {error}")
    return thresholds


def _whole(entry: dict[str, Any], templates: dict[str, Any], names: dict[str, str]) -> Any:
    """An entry with what its template says, filled in; its own words come before the template's.

    ContractError when there is no such template, or when a place of it is not filled, or a value finds no place.
    """
    if "template" not in entry:
        return entry
    template = templates.get(entry["template"])
    if template is None:
        raise ContractError(f"there is no template {entry['template']!r}; known: {', '.join(sorted(templates))}")
    given = entry.get("with", {})
    values = names | template.get("with", {}) | given
    parts = template.get("let", {})  # pieces of SQL that stand in several places
    merged = {key: value for key, value in (template | entry).items() if key not in ("template", "with", "let")}
    places = set(PLACE.findall(f"{parts}{merged}")) - OF_GATE - set(parts)
    if places - set(values):
        raise ContractError(f"the template wants {', '.join(sorted(places - set(values)))}")
    if set(given) - places:
        raise ContractError(f"the template has no place for {', '.join(sorted(set(given) - places))}")
    return _filled(_filled(merged, parts), values)


def _filled(value: Any, values: dict[str, str]) -> Any:
    """Texts with their places filled; those of the gate are left to it."""
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, str):
        return PLACE.sub(lambda match: str(values.get(match[1], match[0])), value)
    return value
