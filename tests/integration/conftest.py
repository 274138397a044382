import pytest
from city_run import CityRun, run_city


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the one city goes to one process, so that it is made once."""
    for item in items:
        if "city" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("city"))


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityRun:
    return run_city(tmp_path_factory.mktemp("city") / "home")
