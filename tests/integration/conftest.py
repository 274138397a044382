import shutil
from pathlib import Path

import pytest
from city_run import CityRun, run_city
from truth_kit import build_clean_city

from tests.shared_homes import made_once


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityRun:
    """One city, made once for all test processes; each works on a copy of its own."""
    shared = made_once(tmp_path_factory, "city", run_city)
    home = tmp_path_factory.mktemp("city") / "home"
    shutil.copytree(shared, home, symlinks=True)
    return CityRun(home)


@pytest.fixture(scope="session")
def clean_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a city without faults, landed and built; nobody writes to it."""
    return made_once(tmp_path_factory, "clean-city", build_clean_city)
