"""Keys are rotated, the inbox is emptied, originals are kept sealed, landed again, and purged when their time is over."""

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import LandingFailed, RenkouError, SettingsError
from orchestration.landing import purge as purging
from orchestration.landing import read, receive, rotate
from orchestration.landing.archive import Archive
from orchestration.landing.deliver import Lander, landing
from orchestration.landing.inbox import TAKEN, empty_inbox
from orchestration.landing.protect import load_key
from orchestration.landing.purge import load_retentions
from orchestration.landing.receive import Received
from orchestration.landing.rotate import fingerprints, rotate_archive, rotate_pseudonyms
from orchestration.landing.seal import ArchiveKey
from orchestration.status import history
from tests.landing_kit import COUNTY, REGISTERS, Home, good_rows, identifier, person_born

WHO = {"by": "office", "reason": "an administrator has left"}


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    """Two months of some registers; a person moves, one is corrected, a delivery is held."""
    home = Home(tmp_path / "home")
    population = good_rows("population", 60)
    later = [row | {"marital_status": "初婚"} if n < 9 else row for n, row in enumerate(population[:58])]
    home.land(
        home.areas(),
        home.rows(f"population_{COUNTY}_201503.csv.gz", population),
        home.rows(f"population_{COUNTY}_201504.csv.gz", later),
        home.rows(f"births_{COUNTY}_201503.csv", good_rows("births", 40)),
        home.rows(f"marriages_{COUNTY}_201503.csv", good_rows("marriages", 20)),
        home.rows(f"deaths_{COUNTY}_201503.csv", good_rows("deaths", 30)),
        home.rows(f"deaths_{COUNTY}_201504.csv", good_rows("deaths", 2, month="2015-04")),
    )
    return home


def pseudonyms(home: Home) -> set[str]:
    columns = [(name, c.landed_name) for name, r in REGISTERS.items() for c in r.kept if c.role == "identifier"]
    found = [home.ask(f"select {c} from {s}.{r}") for r, c in columns for s in ("raw", "retired")]
    return {row[0] for rows in found for row in rows}


def copy(home: Home, folder: Path) -> Home:
    twin = Home(folder)
    shutil.copytree(home.settings.root, folder, dirs_exist_ok=True)
    return twin


def test_a_rotation_maps_every_pseudonym_and_what_comes_next_meets_it(home: Home, tmp_path: Path) -> None:
    """The rotated warehouse takes the next month as the old one does: the same rows opened, left and closed."""
    twin = copy(home, tmp_path / "twin")
    before, old = pseudonyms(home), load_key(home.settings.key_path, create=False)
    fingerprint = rotate_pseudonyms(home.settings, **WHO)
    after, key = pseudonyms(home), load_key(home.settings.key_path, create=False)
    assert (len(after), after & before, key.fingerprint) == (len(before), set(), fingerprint)
    assert key.secrets[:1] == old.secrets
    person = identifier(3, person_born(3))
    assert old.pseudonym(person) in before
    assert key.pseudonym(person) in after

    may = good_rows("population", 61)[1:]
    outcomes = []
    for place in (twin, home):
        [outcome] = place.land(place.rows(f"population_{COUNTY}_201505.csv.gz", may))
        outcomes.append((outcome.status, outcome.rows_landed, outcome.rows_unchanged, outcome.rows_closed))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][2] > 40
    assert home.ask("select kind, rotated_by, reason, fingerprint from landing.key_rotations") == [
        ("key_fingerprint", "office", "an administrator has left", fingerprint)
    ]


def test_after_a_rotation_the_next_build_computes_everything(home: Home) -> None:
    with landing(home.settings) as lander:
        lander.connection.execute("insert into landing.settings values ('models', 'digest')")
    rotate_pseudonyms(home.settings, **WHO)
    assert home.ask("select * from landing.settings where name = 'models'") == []


def test_a_history_under_a_rotated_key_is_the_one_that_landing_gives(home: Home, tmp_path: Path) -> None:
    rotate_pseudonyms(home.settings, **WHO)
    again = Home(tmp_path / "again", key_file=home.settings.key_path)
    again.land(*sorted(home.settings.inbox.iterdir()))
    figures = ("rows", "versions", "history_hash")
    mine, theirs = ({n: [h[f] for f in figures] for n, h in history(place.settings).items()} for place in (home, again))
    assert mine == theirs


class PowerCut(BaseException):
    """The process ends here."""


def cut_power(patch: pytest.MonkeyPatch, where: Any, name: str, side: str) -> None:
    """End the process before or after this step."""
    real = getattr(where, name)

    def cut(*arguments: object, **named: object) -> object:
        if side == "after":
            real(*arguments, **named)
        raise PowerCut

    patch.setattr(where, name, cut)


@pytest.mark.parametrize("step", ["replace_private", "_map", "_record", "finish_rotation"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_power_cut_at_any_step_of_a_rotation_leaves_a_key_that_fits(
    step: str, side: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_power(monkeypatch, rotate, step, side)
    with pytest.raises(PowerCut):
        rotate_pseudonyms(home.settings, **WHO)
    monkeypatch.undo()
    person = identifier(3, person_born(3))
    with landing(home.settings) as lander:
        assert lander.key.pseudonym(person) in pseudonyms_of(lander.connection)
    assert not home.settings.staged_key.exists()
    assert load_key(home.settings.key_path, create=False) == lander.key
    rotate_pseudonyms(home.settings, **WHO)


def pseudonyms_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in connection.execute("select id_pseudonym from raw.population").fetchall()}


def test_another_key_in_the_place_of_the_rotated_one_is_refused(home: Home) -> None:
    old = home.settings.key_path.read_bytes()
    rotate_pseudonyms(home.settings, **WHO)
    home.settings.key_path.write_bytes(old)
    with pytest.raises(SettingsError, match="not the pseudonym key"):
        fingerprints(home.settings)


@pytest.mark.parametrize("step", ["ArchiveKey.save", "_record", "Archive.seal_again"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_power_cut_at_any_step_of_the_archives_rotation_is_told_and_finished(
    step: str, side: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, _, name = step.rpartition(".")
    where: Any = {"": rotate, "ArchiveKey": ArchiveKey, "Archive": Archive}[owner]
    cut_power(monkeypatch, where, name, side)
    with pytest.raises(PowerCut):
        rotate_archive(home.settings, **WHO)
    monkeypatch.undo()
    begun = (step, side) != ("ArchiveKey.save", "before")
    assert ("unfinished" in fingerprints(home.settings)["archive_rotation"]) == begun
    rotate_archive(home.settings, **WHO)
    with landing(home.settings) as lander:
        assert len(lander.archive.key.secrets) == 1
        for original in lander.archive.originals():
            with lander.archive.original(original.sha256):
                pass
    assert home.ask("select count(*) from landing.key_rotations") == [(1,)]


def test_the_archives_key_is_rotated_and_what_was_cut_short_is_finished(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with landing(home.settings) as lander:
        count, old = sum(1 for _ in lander.archive.originals()), lander.archive.key
        digest = next(lander.archive.originals()).sha256
    seal, sealed = Archive._seal, []

    def cut(self: Archive, descriptor: int, digest: str) -> None:
        if len(sealed) == 2:
            raise OSError(28, "No space left on device")
        seal(self, descriptor, digest)
        sealed.append(digest)

    monkeypatch.setattr(Archive, "_seal", cut)
    with pytest.raises(OSError):
        rotate_archive(home.settings, **WHO)
    monkeypatch.undo()
    with landing(home.settings) as lander:
        for original in lander.archive.originals():
            with lander.archive.original(original.sha256):
                pass
    assert rotate_archive(home.settings, **WHO) == count
    with landing(home.settings) as lander:
        assert len(lander.archive.key.secrets) == 1
        assert lander.archive.key.recipient != old.recipient
        with lander.archive.original(digest):
            pass
        with pytest.raises(RenkouError, match="another key"), Archive(lander.archive.folder, old).original(digest):
            pass


def test_the_archives_key_in_another_place_or_another_key_is_refused(home: Home) -> None:
    home.settings.archive_key_path.unlink()
    with pytest.raises(SettingsError, match="is missing: put it back"), landing(home.settings):
        pass
    Home(home.settings.root.parent / "other").land()
    shutil.copy(home.settings.root.parent / "other" / "archive.key", home.settings.archive_key_path)
    with (
        pytest.raises(SettingsError, match="not the key under which the archive's originals are sealed"),
        landing(home.settings),
    ):
        pass


def test_the_inbox_is_emptied_of_what_is_kept_and_known_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    early = home.rows(f"births_{COUNTY}_201503.csv", good_rows("births", 30))
    nameless = home.put("births of march.csv", b"x")
    elsewhere = tmp_path / f"deaths_{COUNTY}_201502.csv"
    elsewhere.write_bytes(home.rows(f"deaths_{COUNTY}_201503.csv", good_rows("deaths", 30)).read_bytes())
    with landing(home.settings) as lander:
        lander.land_all([early])  # no area register yet: tried again
        changed = home.put(f"deaths_{COUNTY}_201504.csv", b"refused")
        rest = [home.areas(), home.settings.inbox / f"deaths_{COUNTY}_201503.csv", elsewhere, nameless, changed]
        lander.land_all(rest)
        changed.write_bytes(b"other content meanwhile")
        late, real = home.settings.inbox / f"deaths_{COUNTY}_201503.csv", Path.replace

        def replace(self: Path, target: Path) -> Path:
            if self == late and self.stat().st_size != 4:
                self.write_bytes(b"late")  # a sender writes over it between the look and the taking
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        assert empty_inbox(home.settings, lander.taken) == 1
    assert {path.name for path in home.settings.inbox.iterdir()} == {early.name, nameless.name, changed.name, late.name}
    assert late.read_bytes() == b"late"
    assert elsewhere.exists()


def test_what_a_killed_process_took_aside_lands_again(home: Home) -> None:
    landed = home.settings.inbox / f"deaths_{COUNTY}_201503.csv"
    landed.rename(landed.with_name(f"{TAKEN}{landed.name}"))
    with landing(home.settings) as lander:
        [outcome] = lander.land_all([landed])
        assert (outcome.status, outcome.known) == ("landed", True)
        assert empty_inbox(home.settings, lander.taken) == 1
    assert not landed.exists()


def test_a_lost_warehouse_is_made_again_from_the_archive(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = "select file_name, status, reason, month, received_at from landing.deliveries order by file_name"
    before, came = history(home.settings), home.ask(ledger)
    for path in home.settings.inbox.iterdir():
        path.unlink()
    home.settings.warehouse.unlink()
    monkeypatch.setenv("RENKOU_HOME", str(home.settings.root))
    result = CliRunner().invoke(app, ["land", "--archive", "--json"])
    assert result.exit_code == 1, result.output  # one of them is held again
    figures = ("rows", "versions", "history_hash")
    assert {n: [h[f] for f in figures] for n, h in history(home.settings).items()} == {
        n: [h[f] for f in figures] for n, h in before.items()
    }
    assert home.ask(ledger) == came
    with landing(home.settings) as lander:
        assert lander.waiting_in_archive() == []


def test_of_two_contents_under_one_name_the_first_to_come_lands_again(home: Home) -> None:
    """The other was refused for its number; which digest is the smaller does not matter."""
    name = f"deaths_{COUNTY}_201505.csv"
    for start in (0, 40):
        home.land(home.rows(name, good_rows("deaths", 30, month="2015-05", start=start)))
    ledger = "select sha256, status from landing.deliveries where file_name like '%_201505%' order by received_at"
    came = home.ask(ledger)
    assert [status for _, status in came] == ["landed", "refused"]
    home.settings.warehouse.unlink()
    with landing(home.settings) as lander:
        lander.land_archive(lander.waiting_in_archive())
    assert home.ask(ledger) == came


def test_an_original_that_cannot_be_opened_stops_no_other(home: Home) -> None:
    count = home.ask("select count(*) from landing.deliveries")[0][0]
    [(digest,)] = home.ask("select sha256 from landing.deliveries where file_name like 'births%'")
    with landing(home.settings) as lander:
        lander.archive.path(digest).write_bytes(b"rotten")
    home.settings.warehouse.unlink()
    with landing(home.settings) as lander:
        outcomes = lander.land_archive(lander.waiting_in_archive())
    assert len(outcomes) == count
    [unopened] = [outcome for outcome in outcomes if outcome.reason and "unopened" in outcome.reason]
    assert (unopened.file, unopened.status) == (f"births_{COUNTY}_201503.csv", "refused")
    assert home.ask("select count(*) from landing.deliveries") == [(count - 1,)]


def test_a_file_that_cannot_be_read_is_one_message_in_check_and_land(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.rows(f"deaths_{COUNTY}_201506.csv", good_rows("deaths", 30, month="2015-06"))
    real = os.open

    def closed(file: object, *arguments: int, **named: int) -> int:
        if str(file) == str(path):
            raise PermissionError(13, "Permission denied")
        return real(file, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(receive.os, "open", closed)
    with landing(home.settings) as lander:
        for call in (lambda: lander.land_all([path]), lambda: lander.check(path)):
            with pytest.raises(LandingFailed, match=r"cannot be read.*\(PermissionError\)"):
                call()


@pytest.mark.parametrize("verdict", ["check", "land"])
def test_a_file_that_changes_while_it_is_examined_is_still_growing(
    verdict: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.rows(f"deaths_{COUNTY}_201506.csv", good_rows("deaths", 30, month="2015-06"))
    real = Lander._examine

    def examine(self: Lander, received: Received) -> object:
        found = real(self, received)
        with path.open("ab") as more:
            more.write(b"more")
        return found

    monkeypatch.setattr(Lander, "_examine", examine)
    with landing(home.settings) as lander:
        outcome = lander.check(path)[0] if verdict == "check" else lander.land_all([path])[0]
        assert (outcome.status, "still_growing" in str(outcome.reason)) == ("refused", True)
        names = {name for original in lander.archive.originals() for name in original.names}
    assert path.name not in names
    assert home.ask("select count(*) from landing.deliveries where file_name like '%201506%'") == [(0,)]


def test_a_held_delivery_lands_from_the_archive(home: Home) -> None:
    for path in home.settings.inbox.iterdir():
        path.unlink()
    [(number,)] = home.ask("select delivery from landing.deliveries where status = 'held'")
    with landing(home.settings) as lander:
        assert lander.accept(number, by="office", reason="a letter confirms it").status == "landed"


def at(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setattr(purging, "now", lambda: datetime.fromisoformat(day))


def purged(home: Home, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    command = ["purge", "--by", "office", "--reason", "retention is over", "--json", *arguments]
    result = CliRunner().invoke(app, command)
    return result.exit_code, json.loads(result.stdout) if result.exit_code == 0 else []


def test_originals_go_when_their_time_is_over_with_a_record_and_the_history_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKOU_HOME", str(home.settings.root))
    before = history(home.settings)
    at(monkeypatch, "2018-04-01")  # 36 months after April 2015
    code, dry = purged(home, "--before", "2015-05", "--dry-run")
    assert code == 0
    assert len(dry) == 7
    kept = {row["register"]: row["kept_because"] for row in dry if row["kept_because"]}
    assert kept == {"deaths": "held, not decided"}
    with landing(home.settings) as lander:
        assert all(lander.archive.holds(str(row["sha256"])) for row in dry)
    going = [str(row["sha256"]) for row in dry if not row["kept_because"]]
    assert purged(home, "--before", "2015-05")[0] == 0
    with landing(home.settings) as lander:
        assert not any(lander.archive.holds(digest) for digest in going)
        assert [o.sha256 for o in lander.archive.originals()] == [
            str(row["sha256"]) for row in dry if row["kept_because"]
        ]
    record = home.ask("select sha256, purged_by, reason, len(file_names) from landing.purges order by sha256")
    assert record == [(digest, "office", "retention is over", 1) for digest in sorted(going)]
    assert history(home.settings) == before
    assert purged(home, "--before", "2015-05")[1] == [row for row in dry if row["kept_because"]]


def test_nothing_goes_before_its_time_or_from_the_month_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENKOU_HOME", str(home.settings.root))
    at(monkeypatch, "2018-03-31")
    found = {(row["register"], row["month"]): row["kept_because"] for row in purged(home, "--before", "2015-05")[1]}
    assert found["births", "2015-03-01"] == ""
    assert found["population", "2015-04-01"] == "kept until 2018-04"
    assert {month for _, month in found} == {"2013-10-01", "2015-03-01", "2015-04-01"}
    assert purged(home, "--before", "2015-03") == (0, [])
    assert purged(home, "--before", "March")[0] == 2


def test_retention_is_data_that_names_registers_and_reasons() -> None:
    retentions = load_retentions(REGISTERS)
    assert retentions.of("births").months == 36
    assert retentions.of("reported_figures").months == 120
    with pytest.raises(ValueError, match="names no register: reported_figures"):
        load_retentions(set(REGISTERS) - {"reported_figures"})


def test_what_an_earlier_version_kept_open_is_sealed_when_the_warehouse_is_opened(home: Home) -> None:
    with landing(home.settings) as lander:
        originals = list(lander.archive.originals())
        for original in originals:
            path = lander.archive.path(original.sha256)
            with lander.archive.original(original.sha256) as descriptor:
                path.with_suffix("").write_bytes(Path(f"/proc/self/fd/{descriptor}").read_bytes())
            lander.archive.drop(original.sha256)
    home.settings.archive_key_path.unlink()
    with duckdb.connect(str(home.settings.warehouse)) as connection:
        connection.execute("delete from landing.settings where name in ('archive_recipient', 'archive_sealed')")
    with landing(home.settings) as lander:
        assert [(o.sha256, set(o.names)) for o in lander.archive.originals()] == [
            (o.sha256, set(o.names)) for o in originals
        ]
        assert lander.archive.plain() == []


def test_no_key_is_in_the_warehouse_in_what_is_printed_or_in_a_childs_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKOU_HOME", str(home.settings.root))
    started, real = [], subprocess.Popen

    def spy(*arguments: Any, **named: Any) -> Any:
        started.append(f"{arguments} {named.get('args')} {named.get('env') or os.environ}")
        return real(*arguments, **named)

    monkeypatch.setattr(subprocess, "Popen", spy)
    said = CliRunner().invoke(app, ["key", "show", "--json"]).output
    said += CliRunner().invoke(app, ["key", "rotate", "--by", "office", "--reason", "a test of it"]).output
    said += CliRunner().invoke(app, ["key", "rotate", "--archive", "--by", "office", "--reason", "a test of it"]).output
    key, secret = home.settings.key_path.read_bytes(), load_archive(home)
    assert len(key) == 64
    needles = [key[:32], key[32:], key[:32].hex().encode(), key[32:].hex().encode(), secret.encode()]
    for path in home.settings.root.rglob("*"):
        if path.is_file() and path not in (home.settings.key_path, home.settings.archive_key_path):
            data = path.read_bytes()
            assert not any(needle in data for needle in needles), path.name
    read.close_reader()
    home.land(home.rows(f"deaths_{COUNTY}_201506.csv", good_rows("deaths", 30, month="2015-06")))
    assert len(started) == 1  # the reader of files
    assert not any(needle in (said + "".join(started)).encode() for needle in needles)


def load_archive(home: Home) -> str:
    lines = home.settings.archive_key_path.read_text().splitlines()
    return next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))
