"""`renkou` as a process of its own, in a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import cli

ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user whose only setting is RENKOU_HOME; temporary files go to a folder beside it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    temporary = home.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    return kept | {"RENKOU_HOME": str(home), "TMPDIR": str(temporary), "RENKOU_SETTLE_SECONDS": "0", "PYTHONUTF8": "1",
                   "COLUMNS": "200"} | more  # fmt: skip


def start(home: Path, *arguments: str, script: Path | None = None, **more: str) -> "subprocess.Popen[bytes]":
    """`renkou ...` (or a script that stands in for it), started."""
    command = (
        [sys.executable, str(script)]
        if script
        else [sys.executable, "-c", "from orchestration.cli import main; main()"]
    )
    return subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env=environment(home, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def renkou(home: Path, *arguments: str, script: Path | None = None, **more: str) -> tuple[int, str, str]:
    """`renkou ...`, run: exit code, standard output, standard error."""
    with start(home, *arguments, script=script, **more) as child:
        out, err = child.communicate(timeout=120)
        return child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of `renkou ...` in this process."""
    monkeypatch.setattr(sys, "argv", ["renkou", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as leave:
        return int(leave.code or 0)
    return 0
