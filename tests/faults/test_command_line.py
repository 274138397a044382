"""The command line: exit codes, one message instead of a traceback, and one writer at a time."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from home_process import renkou, run

from orchestration.warehouse import writer_lock
from tests.landing_kit import COUNTY, Home, good_rows, quick_landing


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    quick_landing(monkeypatch)
    home = Home(tmp_path / "home")
    monkeypatch.setenv("RENKOU_HOME", str(home.settings.root))
    monkeypatch.setenv("RENKOU_SETTLE_SECONDS", "0")
    monkeypatch.setenv("RENKOU_THREADS", "1")
    return home


def births(home: Home, rows: int, month: str = "201503") -> Path:
    return home.rows(f"births_{COUNTY}_{month}.csv", good_rows("births", rows))


def test_landed_is_0_and_again_is_0(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "land", births(home, 30), home.areas(), "--json") == 0
    outcomes = json.loads(capsys.readouterr().out)
    assert [(o["status"], o["rows_in"], o["rows_landed"]) for o in outcomes] == [("landed", 19, 19), ("landed", 30, 30)]
    assert list(home.settings.inbox.iterdir()) == []
    assert run(monkeypatch, "land", births(home, 30), home.areas()) == 0
    assert "known" in capsys.readouterr().out
    assert list(home.settings.inbox.iterdir()) == []


def test_held_is_1_until_it_is_accepted(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "land", home.areas(), births(home, 40)) == 0
    assert run(monkeypatch, "land", births(home, 25, "201504")) == 1
    assert "row_count_fell" in capsys.readouterr().err
    assert run(monkeypatch, "deliveries", "--status", "held", "--json") == 0
    (held,) = json.loads(capsys.readouterr().out)
    assert run(monkeypatch, "accept", held["delivery"], "--reason", "letter", "--by", "office") == 0
    assert run(monkeypatch, "accept", held["delivery"], "--reason", "letter", "--by", "office") == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("birth_990101_201503.csv", "did you mean 'births'?"),
        ("births_990101_202年9月.csv", "impossible_month"),
        ("notes.txt", "<register>_<area6>_<yyyymm>"),
        ("births_990199_201503.csv", "known: 990101, 990102"),
        ("births_990101_201503.csv", "no_such_file"),
    ],
)
def test_what_cannot_be_taken_is_2_and_says_why(
    name: str, said: str, home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home.settings.inbox / name
    if said != "no_such_file":
        path.write_bytes(births(home, 3).read_bytes())
    assert run(monkeypatch, "land", home.areas(), path) == 2
    assert said in capsys.readouterr().err


def test_a_missing_or_open_key_is_2(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "land", home.areas()) == 0
    home.settings.key_path.chmod(0o644)
    assert run(monkeypatch, "land", births(home, 3)) == 2
    assert "chmod 600" in capsys.readouterr().err
    home.settings.key_path.unlink()
    assert run(monkeypatch, "land", births(home, 3)) == 2
    assert "RENKOU_KEY_FILE" in capsys.readouterr().err


def test_a_second_writer_is_told_and_leaves(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    path = home.areas()
    with writer_lock(home.settings):
        begin = time.monotonic()
        code, _, said = renkou(home.settings.root, "land", str(path), RENKOU_LOCK_TIMEOUT="0.2")
        assert time.monotonic() - begin < 20
    assert code == 2
    assert "another renkou process is writing" in said
    assert "Traceback" not in said
    assert not home.settings.warehouse.exists()


def test_no_progress_bar_of_the_database_gets_into_an_answer(home: Home) -> None:
    """Where Python has no script (`python -c`, notebooks) DuckDB would draw one on standard output after two seconds."""
    home.land(home.areas())
    asked = (
        "import duckdb; from orchestration.warehouse import open_warehouse; from orchestration.settings import Settings;"
        "ask = \"select current_setting('enable_progress_bar')\";"
        "door = open_warehouse(Settings(), {});"
        "print(duckdb.connect().execute(ask).fetchone()[0], door.__enter__().execute(ask).fetchone()[0])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
