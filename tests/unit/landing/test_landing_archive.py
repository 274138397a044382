"""The archive: sealed, addressed by content, whole or not at all; its key."""

import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path

import pyrage
import pytest

from orchestration.errors import LandingFailed, Refusal, SettingsError
from orchestration.landing import archive as room
from orchestration.landing.archive import Archive
from orchestration.landing.receive import source_of
from orchestration.landing.seal import ArchiveKey, load_archive_key

CONTENT = "编号,姓名\n1,某人\n".encode("gb18030") * 9000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NAME, AT = "births_990101_201503.csv", datetime(2015, 4, 2, 8, 30)


@pytest.fixture(name="archive")
def _archive(tmp_path: Path) -> Archive:
    (tmp_path / "archive").mkdir()
    return Archive(tmp_path / "archive", load_archive_key(tmp_path / "archive.key", create=True))


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    path.chmod(0o644)
    return path


def keep(archive: Archive, path: Path, name: str = NAME) -> str:
    with source_of(path) as source:
        digest = archive.keep(source)
    archive.remember(digest, name, AT)
    return digest


def opened(archive: Archive, digest: str = DIGEST) -> bytes:
    with archive.original(digest) as descriptor, os.fdopen(os.dup(descriptor), "rb") as reader:
        reader.seek(0)
        return reader.read()


def files(archive: Archive) -> list[Path]:
    return sorted(path for path in archive.folder.rglob("*") if path.is_file())


def test_an_original_is_kept_sealed_once_under_its_digest_and_the_file_stays_as_it_was(
    archive: Archive, file: Path
) -> None:
    before = file.stat()
    assert keep(archive, file) == DIGEST
    assert files(archive) == [archive.path(DIGEST), archive.path(DIGEST).with_suffix(".json")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(archive)} == {0o600}
    sealed = archive.path(DIGEST).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert CONTENT[:40] not in sealed
    assert opened(archive) == CONTENT
    keep(archive, file, "births_990101_201504.csv")
    assert archive.path(DIGEST).read_bytes() == sealed
    [original] = archive.originals()
    assert (original.sha256, original.names) == (DIGEST, {NAME: AT, "births_990101_201504.csv": AT})
    after = file.stat()
    assert (after.st_mtime_ns, after.st_size, after.st_mode, after.st_ino) == (
        before.st_mtime_ns, before.st_size, before.st_mode, before.st_ino)  # fmt: skip


def test_a_large_original_is_opened_in_a_file_without_a_name(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "IN_MEMORY", 0)
    keep(archive, file)
    before = files(archive)
    with archive.original(DIGEST) as descriptor:
        assert files(archive) == before
        assert os.fstat(descriptor).st_nlink == 0
        assert os.pread(descriptor, 20, 0) == CONTENT[:20]


@pytest.mark.parametrize("place", [0, 30, 250, -1])
def test_an_original_that_was_changed_or_cut_is_not_taken_for_whole(place: int, archive: Archive, file: Path) -> None:
    keep(archive, file)
    path = archive.path(DIGEST)
    sealed = bytearray(path.read_bytes())
    sealed[place] ^= 1
    for data in (bytes(sealed), path.read_bytes()[:-70_000]):
        path.write_bytes(data)
        with pytest.raises(LandingFailed, match="damaged, or sealed under another key"):
            opened(archive)
        path.write_bytes(bytes(sealed))


def test_an_original_of_another_key_is_not_opened(archive: Archive, file: Path, tmp_path: Path) -> None:
    keep(archive, file)
    other = Archive(archive.folder, load_archive_key(tmp_path / "other.key", create=True))
    with pytest.raises(LandingFailed, match="another key"):
        opened(other)
    with pytest.raises(LandingFailed, match="no longer in the archive"):
        opened(archive, "0" * 64)


def test_a_file_that_grows_while_it_is_sealed_leaves_nothing_behind(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = ArchiveKey.seal

    def slow_seal(self: ArchiveKey, reader: room.BinaryIO, writer: room.BinaryIO) -> None:
        with file.open("ab") as more:
            more.write(b"and more")
        seal(self, reader, writer)

    monkeypatch.setattr(ArchiveKey, "seal", slow_seal)
    with pytest.raises(Refusal) as caught:
        keep(archive, file)
    assert caught.value.rule == "still_growing"
    assert files(archive) == []


def test_a_full_disk_is_an_error_of_the_system_and_leaves_nothing(archive: Archive, file: Path) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            pass

    with file.open("rb") as reader, pytest.raises(OSError) as caught:
        archive.key.seal(reader, Full())  # type: ignore[arg-type]
    assert caught.value.errno == 28


def test_what_an_earlier_version_kept_open_is_sealed(archive: Archive) -> None:
    plain = archive.folder / DIGEST[:2] / DIGEST
    rotten = archive.folder / "ab" / f"ab{DIGEST[2:]}"
    for path in (plain, rotten):
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
    assert archive.plain() == sorted([plain, rotten])
    archive.seal_plain(plain, {NAME: AT})
    archive.seal_plain(rotten, {NAME: AT})  # its content is not what its name says
    assert opened(archive) == CONTENT
    assert archive.plain() == []
    assert not plain.exists()
    assert rotten.with_suffix(".damaged").read_bytes() == CONTENT
    assert [original.names for original in archive.originals()] == [{NAME: AT}]


def test_sealing_again_lets_the_old_key_go(archive: Archive, file: Path, tmp_path: Path) -> None:
    keep(archive, file)
    old = archive.key
    key = old.rotated()
    assert Archive(archive.folder, key).seal_again() == 1
    assert opened(Archive(archive.folder, key.newest())) == CONTENT
    with pytest.raises(LandingFailed, match="another key"):
        opened(Archive(archive.folder, old))


def test_what_is_damaged_is_named_and_the_others_are_sealed_again(archive: Archive, file: Path, tmp_path: Path) -> None:
    keep(archive, file)
    other = tmp_path / "births_990101_201504.csv"
    other.write_bytes(b"another")
    damaged = keep(archive, other)
    archive.path(damaged).write_bytes(b"rotten")
    key = archive.key.rotated()
    with pytest.raises(LandingFailed, match=f"1 originals cannot be opened .{damaged[:12]}"):
        Archive(archive.folder, key).seal_again()
    assert opened(Archive(archive.folder, key.newest())) == CONTENT


def test_what_never_got_a_name_is_taken_away(archive: Archive, file: Path, tmp_path: Path) -> None:
    keep(archive, file)
    other = tmp_path / "births_990101_201504.csv"
    other.write_bytes(b"it grew while it was examined")
    with source_of(other) as source:
        archive.keep(source)
    assert archive.drop_nameless() == 1
    assert [original.sha256 for original in archive.originals()] == [DIGEST]


def test_the_public_key_alone_seals_and_does_not_open(archive: Archive, file: Path, tmp_path: Path) -> None:
    path = tmp_path / "public"
    path.write_text(f"{archive.key.recipient}\n")
    path.chmod(0o600)
    public = Archive(archive.folder, load_archive_key(path, create=False))
    keep(public, file)
    assert opened(archive) == CONTENT
    with pytest.raises(SettingsError, match="the public key alone"):
        opened(public)
    with pytest.raises(SettingsError, match="the public key alone"):
        public.key.rotated()


def test_the_key_is_made_once_closed_to_others_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "archive.key"
    key = load_archive_key(path, create=True)
    assert load_archive_key(path, create=False) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.secrets[0] not in f"{key!r}"
    assert "AGE-SECRET" not in f"{key}"
    with pytest.raises(SettingsError, match="is missing: put it back"):
        load_archive_key(tmp_path / "none", create=False)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_archive_key(path, create=False)


@pytest.mark.parametrize("content", ["", "AGE-SECRET-KEY-1XYZ\n", "age1xyz\n", "anything"])
def test_what_is_no_key_is_refused_and_not_shown(content: str, tmp_path: Path) -> None:
    path = tmp_path / "archive.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="holds no age key") as caught:
        load_archive_key(path, create=True)
    assert "XYZ" not in str(caught.value)


def test_the_key_file_is_one_that_other_age_programs_read(archive: Archive, file: Path, tmp_path: Path) -> None:
    """Only an identity's line and comments, as `age-keygen` writes it; the sealed file opens by the library's own file call."""
    keep(archive, file)
    lines = (tmp_path / "archive.key").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == list(archive.key.secrets)
    identity = pyrage.x25519.Identity.from_str(archive.key.secrets[0])
    pyrage.decrypt_file(str(archive.path(DIGEST)), str(tmp_path / "plain"), [identity])
    assert (tmp_path / "plain").read_bytes() == CONTENT
