"""The process that sends: jobs as JSON on standard input, one line of JSON per job that was tried on standard output.

A process of its own, so that a server that never answers can be given up, and so that passwords are in no argument, log or
environment. Standard error goes nowhere: what a library says may hold a password.
"""

import json
import sys
from pathlib import Path
from typing import Any

HEADER = "X-Renkou-Message"


def deliver(job: dict[str, Any]) -> bool:
    """Send one message by Apprise; whether the receiver's server took it."""
    import apprise
    from apprise.attachment.file import AttachFile

    channel = apprise.Apprise.instantiate(job["url"], suppress_exceptions=True)
    if channel is None:
        return False
    channel.socket_connect_timeout = channel.socket_read_timeout = job["seconds"]
    channel.notify_format = apprise.NotifyFormat.TEXT
    if hasattr(channel, "headers"):
        channel.headers = {**(channel.headers or {}), HEADER: job["batch"]}
    outbox = apprise.Apprise()
    outbox.add(channel)
    attached = None
    if job.get("attachment") and Path(job["attachment"]).is_file():  # one that is gone must not keep the message back
        attached = apprise.AppriseAttachment()
        attached.add(AttachFile(job["attachment"], name=job["attachment_name"]))
    text = apprise.NotifyFormat.TEXT
    return bool(outbox.notify(title=job["title"], body=job["body"], body_format=text, attach=attached))


def main() -> None:
    """Try every job in turn."""
    for job in json.load(sys.stdin):
        try:
            taken = deliver(job)
        except Exception:  # whatever it is, the next channel has its turn
            taken = False
        sys.stdout.write(json.dumps({"batch": job["batch"], "taken": taken}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
