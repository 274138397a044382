"""The benchmark's peers measure what the catalogue of measures says."""

import csv

from benchmarks.rollups import FACTS, MEASURES
from orchestration.settings import Settings


def test_every_measure_of_the_peers_is_windowed_as_the_catalogue_says() -> None:
    with (Settings().dbt_project / "seeds" / "measures.csv").open(encoding="utf-8", newline="") as source:
        catalogue = {row["measure"]: (row["window_rule"], bool(row["strata"])) for row in csv.DictReader(source)}
    assert len(MEASURES) == len(set(MEASURES)) == 40
    assert {measure: (fact.stock or "sum", bool(fact.stratum)) for fact in FACTS for measure in fact.measures} == {
        measure: catalogue[measure] for measure in MEASURES
    }
