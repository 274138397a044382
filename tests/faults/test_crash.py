"""kill -9 while landing: what was half done is as if it had never begun, and the rest lands on the next try."""

import random
import time
from pathlib import Path

import pytest
from home_process import renkou, start

from tests.landing_kit import COUNTY, OTHER_COUNTY, Home, good_rows

SCRIPT = Path(__file__).with_name("renkou_open_gate.py")


def fill(home: Home) -> list[str]:
    """Areas and three months of a full and a window register of two counties, a few hundred rows each."""
    paths = [home.areas("201407")]
    for turn, month in enumerate(["201410", "201411", "201412"]):
        for county in (COUNTY, OTHER_COUNTY):
            named = f"{month[:4]}-{month[4:]}"
            paths.append(
                home.rows(f"population_{county}_{month}.csv.gz", good_rows("population", 300, county, start=20 * turn))
            )
            paths.append(home.rows(f"births_{county}_{month}.csv", good_rows("births", 30, county, named)))
    return [str(path) for path in paths]


def test_killed_at_any_moment_and_run_again_gives_the_undisturbed_history(tmp_path: Path) -> None:
    key = str(tmp_path / "key")
    straight = Home(tmp_path / "straight" / "home")
    files = fill(straight)
    begin = time.monotonic()
    code, _, said = renkou(straight.settings.root, "land", *files, script=SCRIPT, RENKOU_KEY_FILE=key)
    whole = time.monotonic() - begin
    assert code == 0, said
    expected = straight.hashes()
    landed = straight.ask("select file_name, rows_in, rows_landed, rows_unchanged from landing.deliveries order by 1")

    rng = random.Random(6)
    home = Home(tmp_path / "killed" / "home")
    files = fill(home)
    killed = 0
    for _ in range(6):
        with start(home.settings.root, "land", *files, script=SCRIPT, RENKOU_KEY_FILE=key) as child:
            assert child.stderr is not None
            child.stderr.readline()
            time.sleep(rng.uniform(0.02, 0.3) * whole)
            killed += child.poll() is None
            child.kill()
    assert killed >= 3, "most kills must strike while something is under way"
    code, _, said = renkou(home.settings.root, "land", *files, script=SCRIPT, RENKOU_KEY_FILE=key)
    assert code == 0, said
    assert home.hashes() == expected
    assert (
        home.ask("select file_name, rows_in, rows_landed, rows_unchanged from landing.deliveries order by 1") == landed
    )
    for _, digest in home.ask("select file_name, sha256 from landing.deliveries"):
        assert (home.settings.archive / digest[:2] / digest).is_file()


@pytest.mark.parametrize("where", ["plan", "apply"])
def test_an_error_in_the_middle_of_a_delivery_leaves_no_half(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from orchestration.errors import LandingFailed
    from orchestration.landing import deliver
    from tests.landing_kit import quick_landing

    quick_landing(monkeypatch)
    home = Home(tmp_path / "home")
    first, second = (
        home.areas("201407"),
        home.rows(f"births_{COUNTY}_201410.csv", good_rows("births", 30, month="2014-10")),
    )
    home.land(first)
    before = home.ask("select * from landing.deliveries")
    real = getattr(deliver.land, where)

    def half(*arguments: object) -> object:
        real(*arguments)
        raise duckdb.OutOfMemoryException("out of memory")

    monkeypatch.setattr(deliver.land, where, half)
    with pytest.raises(LandingFailed):
        home.land(second)
    assert home.ask("select * from landing.deliveries") == before
    assert home.ask("select count(*) from raw.births") == [(0,)]
    monkeypatch.setattr(deliver.land, where, real)
    assert home.land(second)[0].rows_landed == 30
