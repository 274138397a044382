import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from city_run import CityRun, run_city
from filelock import FileLock
from truth_kit import build_clean_city


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A home that one test process makes and all share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(shared.with_suffix(".lock")):
        if not (shared / "done").exists():
            shutil.rmtree(shared, ignore_errors=True)
            shared.mkdir()
            make(shared / "home")
            (shared / "done").touch()
    return shared / "home"


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
