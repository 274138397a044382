"""Progress of long work: whoever works reports, whoever shows listens. Nobody listening costs nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, str], None]
_listener: ContextVar[Listener | None] = ContextVar("progress_listener", default=None)


def report(step: str, detail: str = "") -> None:
    """Say what is being done: `step` is a stable word (land, build, publish, site), `detail` names the file or model."""
    listener = _listener.get()
    if listener is not None:
        listener(step, detail)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every report of this context to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
