"""Protect: the pseudonym in SQL is the one that RFC 2104 says, and a wrong key stops everything."""

import hashlib
import hmac
import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import SettingsError
from orchestration.landing.deliver import landing
from orchestration.landing.protect import Key, finish_rotation, load_key
from tests.landing_kit import Home


@settings(max_examples=40, deadline=None, database=None)
@given(
    secret=st.binary(min_size=32, max_size=32),
    persons=st.lists(st.text("0123456789X", min_size=18, max_size=18), min_size=1, max_size=20),
)
def test_the_sql_pseudonym_is_pythons_hmac(secret: bytes, persons: list[str]) -> None:
    key = Key((secret,))
    sql = f"select {key.pseudonym_sql('person')} from (select unnest($persons::varchar[]) as person)"
    with duckdb.connect() as connection:
        found = [row[0] for row in connection.execute(sql, {"persons": persons, **key.pads}).fetchall()]
    expected = [hmac.new(secret, f"renkou.person|1|{p}".encode(), hashlib.sha256).hexdigest()[:32] for p in persons]
    assert found == expected == [key.pseudonym(person) for person in persons]


@settings(max_examples=20, deadline=None, database=None)
@given(
    secrets=st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=4),
    persons=st.lists(st.text("0123456789X", min_size=18, max_size=18), min_size=1, max_size=5),
)
def test_a_rotated_key_maps_old_pseudonyms_to_those_it_gives(secrets: list[bytes], persons: list[str]) -> None:
    before, after = Key(tuple(secrets[:-1])), Key(tuple(secrets))
    old = [before.pseudonym(person) for person in persons]
    sql = f"""select {after.pseudonym_sql("person")}, {after.rotation_sql("old")}
        from (select unnest($persons::varchar[]) as person, unnest($old::varchar[]) as old)"""
    with duckdb.connect() as connection:
        found = connection.execute(sql, {"persons": persons, "old": old, **after.pads}).fetchall()
    expected = [hmac.new(secrets[-1], f"renkou.rotation|1|{p}".encode(), hashlib.sha256).hexdigest()[:32] for p in old]
    assert found == [(pseudonym, pseudonym) for pseudonym in expected]
    assert expected == [after.pseudonym(person) for person in persons]
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize(("followed", "stands"), [(True, 2), (False, 1)])
def test_a_rotation_cut_short_leaves_the_key_that_the_warehouse_has(
    followed: bool, stands: int, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    key = load_key(path, create=True)
    following, staged = key.rotated(), tmp_path / "home" / "key.next"
    staged.parent.mkdir()
    staged.write_bytes(following.content)
    staged.chmod(0o600)
    finish_rotation(staged, path, (following if followed else key).fingerprint)
    assert load_key(path, create=False) == (following if followed else key)
    assert len(load_key(path, create=False).secrets) == stands
    assert not staged.exists()


def test_another_key_gives_another_pseudonym_and_another_fingerprint() -> None:
    one, two = Key((bytes(32),)), Key((bytes(31) + b"\1",))
    assert one.pseudonym("1") != two.pseudonym("1")
    assert one.fingerprint != two.fingerprint
    assert one.fingerprint not in one.pseudonym("1")


def test_a_key_is_never_shown() -> None:
    secret = b"0123456789abcdefghijklmnopqrstuv"
    shown = f"{Key((secret,))!r} {Key((secret,))} {[Key((secret,))]}"
    assert "0123" not in shown
    assert secret.hex() not in shown


def test_a_new_key_is_random_and_closed_to_others(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        one, two = load_key(tmp_path / "a" / "key", create=True), load_key(tmp_path / "b" / "key", create=True)
    finally:
        os.umask(previous)
    assert one.secrets != two.secrets
    assert stat.S_IMODE((tmp_path / "a" / "key").stat().st_mode) == 0o600
    assert load_key(tmp_path / "a" / "key", create=True) == one
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["key"]


def test_what_a_killed_process_left_of_a_key_is_no_key_and_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / ".key.part").write_bytes(b"x" * 40)
    key = load_key(tmp_path / "key", create=True)
    assert key.secrets != (b"x" * 32,)
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_processes_that_begin_at_once_agree_on_one_key(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from orchestration.landing.protect import load_key; " \
        "sys.stdin.read(1); print(load_key(Path(sys.argv[1]), create=True).fingerprint)"  # fmt: skip
    command = [sys.executable, "-c", code, str(tmp_path / "key")]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = {process.communicate()[0].strip() for process in started}
    assert answers == {load_key(tmp_path / "key", create=False).fingerprint}
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_missing_key_is_not_made_anew_where_data_have_landed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is missing: put it back"):
        load_key(tmp_path / "key", create=False)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
def test_a_key_that_others_can_touch_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(32))
    path.chmod(mode)
    with pytest.raises(SettingsError, match=r"chmod 600"):
        load_key(path, create=True)


@pytest.mark.parametrize("length", [0, 31, 33, 63])
def test_a_key_of_another_length_is_refused_and_not_shown(length: int, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"k" * length)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="32 bytes") as caught:
        load_key(path, create=True)
    assert "kkk" not in str(caught.value)


def test_a_stricter_mode_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(32))
    path.chmod(0o400)
    assert load_key(path, create=False).secrets == (bytes(32),)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    with landing(home.settings):
        pass
    return home


def test_a_warehouse_keeps_to_its_key(home: Home) -> None:
    home.settings.key_path.write_bytes(bytes(32))
    with pytest.raises(SettingsError, match="not the pseudonym key"), landing(home.settings):
        pass


def test_a_warehouse_does_not_take_a_fresh_key(home: Home) -> None:
    home.settings.key_path.unlink()
    with pytest.raises(SettingsError, match="missing"), landing(home.settings):
        pass
    assert not home.settings.key_path.exists()


def test_a_new_key_may_be_forbidden(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="missing"), landing(Home(tmp_path / "home", allow_new_key=False).settings):
        pass


def test_the_key_file_may_lie_elsewhere(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", key_file=tmp_path / "safe" / "renkou.key")
    with landing(home.settings) as lander:
        assert lander.key == load_key(tmp_path / "safe" / "renkou.key", create=False)
    assert not (tmp_path / "home" / "key").exists()


def test_the_warehouse_holds_the_fingerprint_and_not_the_key(home: Home) -> None:
    secret = home.settings.key_path.read_bytes()
    assert secret not in home.settings.warehouse.read_bytes()
    assert stat.S_IMODE(home.settings.warehouse.stat().st_mode) == 0o600
