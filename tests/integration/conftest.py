import os
import shutil

import pytest
from city_run import CityRun, run_city
from filelock import FileLock


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityRun:
    """One city, made once for all test processes; each works on a copy of its own."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "city"
    with FileLock(shared.with_suffix(".lock")):
        if not (shared / "done").exists():
            shutil.rmtree(shared, ignore_errors=True)
            shared.mkdir()
            run_city(shared / "home")
            (shared / "done").touch()
    home = tmp_path_factory.mktemp("city") / "home"
    shutil.copytree(shared / "home", home, symlinks=True)
    return CityRun(home)
