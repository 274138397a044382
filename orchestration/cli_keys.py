"""`renkou key ...` and `renkou purge`: the keys of pseudonyms and of the archive, and originals whose time is over."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from orchestration import show
from orchestration.periods import parse_snapshot_month
from orchestration.settings import Settings

key = typer.Typer(no_args_is_help=True, help="密钥 / Keys of pseudonyms and of the archive.")
By = Annotated[str, typer.Option(help="who decides")]
Why = Annotated[str, typer.Option("--reason", help="on what ground")]


@key.command("show")
def key_show(
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON on standard output")] = False,
) -> None:
    """What the warehouse knows its keys by (never the keys), and how often the pseudonym key was rotated.

    Example: renkou key show
    """
    from orchestration.landing.rotate import fingerprints

    found = fingerprints(Settings())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        show.records([found], "")


@key.command("rotate")
def key_rotate(
    by: By,
    reason: Why,
    archive: Annotated[bool, typer.Option("--archive", help="the archive's key, not the pseudonyms'")] = False,
) -> None:
    """Go over to a new key: map every pseudonym, one way and in one transaction, or seal every original anew.

    Cut short, a rotation of pseudonyms is finished or taken back by the next command, and one of the archive by the next
    `key rotate --archive`. After a rotation of pseudonyms the next run builds everything.

    Example: renkou key rotate --by "statistics office" --reason "an administrator has left"
    """
    from orchestration.landing.rotate import rotate_archive, rotate_pseudonyms

    if archive:
        sealed = rotate_archive(Settings(), by=by, reason=reason)
        typer.echo(f"重新加密原件 {sealed} 份 / {sealed} originals sealed under a new key")
    else:
        fingerprint = rotate_pseudonyms(Settings(), by=by, reason=reason)
        typer.echo(f"假名密钥已轮换 / pseudonyms are under a new key: {fingerprint}; the next run builds everything")


def purge(
    before: Annotated[str, typer.Option(help="snapshot months before this one, 2012-10")],
    by: By,
    reason: Why,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON on standard output")] = False,
) -> None:
    """Take originals out of the archive whose retention is over, and record what went; the registers' histories stay.

    Example: renkou purge --before 2012-10 --by "statistics office" --reason "retention is over" --dry-run
    """
    from orchestration.landing import purge as room
    from orchestration.landing.deliver import landing

    try:
        month = parse_snapshot_month(before)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with landing(Settings()) as lander:
        found = room.candidates(lander.connection, lander.archive, lander.registers, month)
        going = [candidate for candidate in found if not candidate.kept_because]
        if not dry_run:
            room.purge(lander.connection, lander.archive, going, by=by, reason=reason)
    if as_json:
        typer.echo(json.dumps([asdict(candidate) for candidate in found], ensure_ascii=False, indent=2, default=str))
    else:
        show.purged(found, dry_run=dry_run)
