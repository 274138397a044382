"""Rotate: the warehouse and the archive go over to new keys.

A new pseudonym key is the old one and one more secret. Every pseudonym is mapped by a keyed hash under that secret, in one
transaction; nobody needs an identifier or an original for it, and whoever has the old key alone can no longer tell
whose a pseudonym is.
"""

import duckdb

from orchestration.landing.archive import Archive
from orchestration.landing.check import row_hash_sql
from orchestration.landing.contracts import Register, load_contracts
from orchestration.landing.deliver import keys_of
from orchestration.landing.private import replace_private
from orchestration.landing.protect import Key, finish_rotation
from orchestration.periods import now
from orchestration.settings import Settings
from orchestration.warehouse import ARCHIVE_KEY, PSEUDONYM_KEY, open_warehouse, transaction

MODELS = "models"  # the mark of a whole build, without which the next one computes everything


def fingerprints(settings: Settings) -> dict[str, str]:
    """What the warehouse knows keys by: the pseudonym key's fingerprint, the archive's public key; and how rotations stand."""
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        key, archive = keys_of(settings, connection)
    return {
        "pseudonym": key.fingerprint,
        "rotations": str(len(key.secrets) - 1),
        "archive": archive.key.recipient,
        "archive_rotation": "unfinished: run it again" if len(archive.key.secrets) > 1 else "none under way",
    }


def rotate_pseudonyms(settings: Settings, *, by: str, reason: str) -> str:
    """Add a secret to the pseudonym key and map every pseudonym; the new fingerprint.

    The next key lies beside the old one before the transaction, and takes its place after it (`finish_rotation`).
    """
    registers = load_contracts(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        key = keys_of(settings, connection)[0].rotated()
        replace_private(settings.staged_key, key.content)
        with transaction(connection):
            for register in registers.values():
                _map(connection, register, key)
            connection.execute("delete from landing.settings where name = ?", [MODELS])
            _record(connection, PSEUDONYM_KEY, key.fingerprint, by, reason)
        finish_rotation(settings.staged_key, settings.key_path, key.fingerprint)
        connection.execute("checkpoint")
    return key.fingerprint


def _map(connection: duckdb.DuckDBPyConnection, register: Register, key: Key) -> None:
    persons = [column.landed_name for column in register.kept if column.role == "identifier"]
    if not persons:
        return
    mapped = ", ".join(f"{name} = {key.rotation_sql(name)}" for name in persons)
    last = len(key.secrets) - 1
    pads = {name: pad for name, pad in key.pads.items() if name in (f"ipad{last}", f"opad{last}")}
    for schema in ("raw", "retired"):
        connection.execute(f"update {schema}.{register.name} set {mapped}", pads)
        connection.execute(f"update {schema}.{register.name} set _row_hash = {row_hash_sql(register)}")
    connection.execute(f"delete from lines.{register.name}")  # keyed by the old key


def rotate_archive(settings: Settings, *, by: str, reason: str) -> int:
    """Seal every original for a new key; how many.

    The key file holds the new and the old secret until all are done: a rotation that was cut short is finished by the next
    one. Unopened when originals are damaged; the others are done then.
    """
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        archive = keys_of(settings, connection)[1]
        key = archive.key if len(archive.key.secrets) > 1 else archive.key.rotated()
        key.save(settings.archive_key_path)
        if not _recorded(connection, key.recipient):
            _record(connection, ARCHIVE_KEY, key.recipient, by, reason)
        count = Archive(archive.folder, key).seal_again()
        key.newest().save(settings.archive_key_path)
    return count


def _recorded(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> bool:
    sql = "select count(*) from landing.key_rotations where fingerprint = ?"
    return connection.execute(sql, [fingerprint]).fetchone() != (0,)


def _record(connection: duckdb.DuckDBPyConnection, kind: str, fingerprint: str, by: str, reason: str) -> None:
    connection.execute("insert or replace into landing.settings values (?, ?)", [kind, fingerprint])
    connection.execute(
        "insert into landing.key_rotations values (?, ?, ?, ?, ?)", [now(), kind, by, reason, fingerprint]
    )
