"""docs/stars.md, made from the properties of the marts: which facts there are, what one row of each is, and its dimensions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestration.documents.markdown import table
from orchestration.settings import Settings

Model = dict[str, Any]
HEAD = """# Facts and dimensions

Made from `dbt_project/models/marts/*/_*__models.yml` by `make docs`: change them, not this page.

One star per subject, in the schema `marts` of the warehouse. Facts about persons and events never leave it: neither `renkou sql`
nor any publication holds them, and no mart holds a pseudonym or the number of a person's record. What is published from them
are the counts of [indicators.md](indicators.md); [analysts.md](analysts.md) asks those. Facts join `dim_area` by code and the
day of the event (`valid_from <= day < valid_to`), or by `is_latest` for today's names; `dim_date` names the `dim_policy_regime`
of a day. `event_month` is when it happened, `reported_month` when it was first delivered.
"""


def current_document(settings: Settings) -> str:
    """The page as it has to be now."""
    stars = dict(subjects(settings.dbt_project))
    dimensions = [model for models in stars.values() for model in models if model["name"].startswith("dim_")]
    parts = [HEAD, "## Dimensions\n", table(("dimension", "what one row is", "columns"), map(_dimension, dimensions))]
    for subject, models in stars.items():
        facts = [_fact(model) for model in models if model["name"].startswith("fct_")]
        if facts:
            head = ("fact", "what one row is", "dimensions", "further columns")
            parts += [f"## {subject.replace('_', ' ').capitalize()}\n", table(head, facts)]
    return "\n".join(parts)


def subjects(project: Path) -> Iterator[tuple[str, list[Model]]]:
    """Folder of the marts -> the properties of its models."""
    for path in sorted(project.glob("models/marts/*/_*__models.yml")):
        yield path.parent.name, yaml.safe_load(path.read_text(encoding="utf-8"))["models"]


def dimension_keys(model: Model) -> dict[str, str]:
    """Column -> `dimension.column` of a fact, as its test in_dimensions holds it to them."""
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "in_dimensions" in test:
            arguments = test["in_dimensions"]["arguments"]
            return {**arguments["keys"], **arguments.get("optional", {})}
    return {}


def _columns(model: Model) -> list[str]:
    return [column["name"] for column in model["columns"]]


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _dimension(model: Model) -> list[str]:
    return [f"`{model['name']}`", model["description"], _code(_columns(model))]


def _fact(model: Model) -> list[str]:
    keys = dimension_keys(model)
    joined = ", ".join(f"`{target.split('.')[0]}` by `{column}`" for column, target in keys.items())
    rest = [column for column in _columns(model) if column not in keys]
    return [f"`{model['name']}`", model["description"], joined, _code(rest)]
