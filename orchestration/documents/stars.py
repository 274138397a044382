"""docs/stars.md, made from the properties of the marts: which facts there are, what one row of each is, and its dimensions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestration.documents.markdown import table
from orchestration.publish.office_facts import CountedFact, counted_facts
from orchestration.settings import Settings

Model = dict[str, Any]
HEAD = """# Facts and dimensions

Made from `dbt_project/models/marts/*/_*__models.yml` by `make docs`: change them, not this page.

One star per subject, in the schema `marts` of the warehouse. Facts about persons and events never leave it as they are, and
no mart holds a pseudonym or the number of a person's record. Analysts ask them in two ways (decision 0039). What is
published from them are the counts of [indicators.md](indicators.md), protected ([analysts.md](analysts.md) asks those). The
office asks the same stars, exact and counted, under the same names: `renkou sql --office "from fct_births"` gives one row
per township (county, where the fact knows no lower area), month and the codes in the last column. In the warehouse, facts
join `dim_area` by code and the day of the event (`valid_from <= day < valid_to`), or by `is_latest` for today's names;
`dim_date` names the `dim_policy_regime` of a day. `event_month` is when it happened, `reported_month` when it was first
delivered.
"""


def current_document(settings: Settings) -> str:
    """The page as it has to be now."""
    stars = dict(subjects(settings.dbt_project))
    dimensions = [model for models in stars.values() for model in models if model["name"].startswith("dim_")]
    counted = {fact.name: fact for fact in counted_facts(settings.dbt_project)}
    parts = [HEAD, "## Dimensions\n", table(("dimension", "what one row is", "columns"), map(_dimension, dimensions))]
    for subject, models in stars.items():
        facts = [_fact(model, counted[model["name"]]) for model in models if model["name"].startswith("fct_")]
        if facts:
            head = ("fact", "what one row is", "dimensions", "further columns", "in the office's file")
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


def _counted(fact: CountedFact) -> str:
    time = "year" if fact.month[0].endswith("_year") else "month"
    counts = [] if fact.of in fact.sums else [fact.of]
    return f"{_code([*counts, *fact.sums])} by {_code([time, *fact.by])} (`{'` to `'.join(fact.month)}`)"


def _fact(model: Model, counted: CountedFact) -> list[str]:
    keys = dimension_keys(model)
    joined = ", ".join(f"`{target.split('.')[0]}` by `{column}`" for column, target in keys.items())
    rest = [column for column in _columns(model) if column not in keys]
    return [f"`{model['name']}`", model["description"], joined, _code(rest), _counted(counted)]
