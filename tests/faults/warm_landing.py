"""Landing in forked children of a process that has imported everything: a kill costs milliseconds, not an import.

As a script, it answers one JSON line per JSON line: `home`, and how to die: `after` seconds, or at the `call`-th
call of the function `at` (`side`: before or after it). It opens no database itself, so that it may fork.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__)
LANDED = ("areas", "population", "births", "deaths", "birth_certificates")  # a small warehouse opens fast


class WarmLanding:
    """The test's end: `with WarmLanding() as land: land(home, after=0.1)`."""

    def __enter__(self) -> "WarmLanding":
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.server = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            text=True,
        )
        return self

    def __exit__(self, *error: object) -> None:
        assert self.server.stdin is not None
        self.server.stdin.close()
        self.server.wait(timeout=60)

    def __call__(self, home: Path, **death: Any) -> dict[str, Any]:
        """Land the inbox; what became of the process: `killed`, `code`, `seconds`, `said`."""
        assert self.server.stdin is not None and self.server.stdout is not None
        self.server.stdin.write(json.dumps({"home": str(home), **death}) + "\n")
        self.server.stdin.flush()
        answer: dict[str, Any] = json.loads(self.server.stdout.readline())
        return answer


def die_at(function: str, side: str, call: int) -> None:
    """Have the process kill itself around the `call`-th call of `module:name`."""
    module_name, name = function.split(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = name.split(".")
    for part in classes:
        owner = getattr(owner, part)
    real, calls = getattr(owner, name), iter(range(1, 10_000))

    def deadly(*arguments: Any, **named: Any) -> Any:
        last = next(calls) == call
        if last and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*arguments, **named)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, deadly)


def land(order: dict[str, Any]) -> int:
    """The child's work: land the inbox and empty it, and tell by the exit code whether every file had an outcome."""
    from orchestration.errors import RenkouError
    from orchestration.landing import read
    from orchestration.landing.deliver import landing
    from orchestration.landing.inbox import empty_inbox, inbox_files
    from orchestration.settings import Settings

    settings = Settings(home=order["home"], settle_seconds=0, threads=1)
    if read._current is not None:
        read._current.owner = os.getpid()  # the server's helper: starting one takes longer than landing does
    if "at" in order:
        die_at(order["at"], order["side"], order["call"])
    try:
        with landing(settings) as lander:
            files = inbox_files(settings)
            outcomes = lander.land_all(files)
            empty_inbox(settings, lander.taken)
    except RenkouError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0 if len(outcomes) == len(files) else 1


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Fork, let the child land, kill it in time, and tell what became of it."""
    begin = time.monotonic()
    child = os.fork()
    if not child:
        try:
            os._exit(land(order))
        finally:
            os._exit(70)
    if "after" in order:
        time.sleep(max(0.0, begin + order["after"] - time.monotonic()))
        os.kill(child, signal.SIGKILL)
    state = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"killed": state == -signal.SIGKILL, "code": state, "seconds": time.monotonic() - begin}


def main() -> None:
    from orchestration.landing import deliver, read
    from tests.landing_kit import REGISTERS, OpenGate

    importlib.import_module("pyarrow.csv")
    deliver.Gate = OpenGate  # type: ignore[misc, assignment]
    deliver.load_contracts = lambda project: {name: REGISTERS[name] for name in LANDED}  # type: ignore[assignment]
    deliver.load_suites = lambda folder: {}  # type: ignore[assignment]
    read.start_reader()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
