"""The Dockerfile: what it copies is there, is sent to the engine, and is enough."""

import re
from fnmatch import fnmatch

from tests.conftest import CHECKOUT


def copied() -> list[str]:
    """Files and folders of the checkout that the Dockerfile copies."""
    lines = re.findall(r"^COPY (.*) \S+$", (CHECKOUT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    return [name for line in lines for name in line.split()]


def test_what_is_copied_is_there_and_not_ignored():
    lines = (CHECKOUT / ".dockerignore").read_text("utf-8").splitlines()
    sent = [line[1:] for line in lines if line.startswith("!")]
    assert len(copied()) > 10
    assert [name for name in copied() if not any(CHECKOUT.glob(name))] == []
    assert [name for name in copied() if not any(name == one or fnmatch(name, one) for one in sent)] == []


def test_every_room_that_reads_or_serves_is_copied():
    rooms = {"errors.py", "pipeline.py", "app.py", "capture", "preprocess", "recognize", "speak", "watch", "cli", "web"}
    assert rooms <= set(copied())
