"""Small cities, generated once: a clean one and one with every fault."""

from pathlib import Path

import pytest
from demo_city import Generated

from orchestration.demo.generate import generate
from orchestration.demo.options import ROW_KINDS, CityOptions, FaultRates


def _make(options: CityOptions, home: Path) -> Generated:
    return Generated(options, home, generate(options, home))


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    options = CityOptions(persons=12_000, months=7, seed=3, start="2014-06", faults=FaultRates.none())
    return _make(options, tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    rates = dict.fromkeys(ROW_KINDS, 0.03) | {"duplicate_person": 0.002}
    faults = FaultRates(**rates, max_row_share=0.5, population_factor=0.005)
    options = CityOptions(persons=45_000, months=9, seed=5, start="2013-10", faults=faults)
    return _make(options, tmp_path_factory.mktemp("faulty"))


@pytest.fixture(scope="session")
def default_faults(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The fault log of the default city."""
    options = CityOptions(persons=60_000, months=18)
    return _make(options, tmp_path_factory.mktemp("default")).truth("faults")
