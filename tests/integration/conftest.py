import pytest
from city_run import CityRun, run_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityRun:
    return run_city(tmp_path_factory.mktemp("city") / "home")
