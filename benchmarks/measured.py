"""How a contender is measured. Imports nothing of the project: other interpreters use it too."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

THREADS, MEMORY_LIMIT = 2, "4GB"


@dataclass
class Measured:
    """What a contender took. `once` is what the first file of a process pays more (Renkou: importing Great Expectations)."""

    seconds: float
    cpu: float
    peak_mb: float
    rows: int
    once: float = 0.0
    once_cpu: float = 0.0


def timed(work: Callable[[], int], once: tuple[float, float] = (0.0, 0.0)) -> Measured:
    """Do the work, which answers with the number of rows it took in."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = work()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Measured(seconds, cpu, peak_mb(), rows, *once)


def peak_mb() -> float:
    """Peak resident memory of this process (VmHWM where there is /proc: ru_maxrss may still hold the parent's)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
