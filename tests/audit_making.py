"""What tests of the audit trail make: options, facts, trails, a disk that is full."""

from __future__ import annotations

import resource
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from audit_reading import trail_of
from openwado.observe.audit_composer import Composer
from openwado.observe.audit_facts import Agent, Asked, Retrieved
from openwado.observe.audit_message import AuditSource
from openwado.observe.audit_options import AuditOptions
from openwado.observe.audit_participants import StudyFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WHO = Agent("ada", "192.0.2.7")


def options_of(folder: Path, **wishes: object) -> AuditOptions:
    """Return options; the window is an hour, so that it ends when a test says so."""
    options = AuditOptions(folder / "audit", AuditSource("openwado@here", "", "here", ""), window=3600.0)
    return replace(options, **wishes)  # type: ignore[arg-type]


def composer_of(options: AuditOptions) -> Composer:
    """Return what makes the trail."""
    return Composer(options, lambda study: StudyFacts(f"patient of {study}"))


def compose(options: AuditOptions, *, last: bool = True) -> None:
    """Make the trail of what there is, once."""
    composer = composer_of(options)
    composer.step(last=last)
    composer.close()


def shown(number: int) -> Retrieved:
    """Return an access to an object."""
    return Retrieved(
        time=time.time(), agent=WHO, study="1.2.3", sop_class="1.2.840", sop_instance=f"1.2.3.{number}", stage="shown"
    )


def asked(query: str) -> Asked:
    """Return a query, which is a message at once."""
    return Asked(time=time.time(), agent=WHO, query=query)


def instances_of(options: AuditOptions) -> list[str]:
    """Return the instances that the trail names."""
    return [uid for message in trail_of(options.folder) for uid in message.instances]


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def full_disk(size: int = 0) -> Iterator[None]:
    """Let no file grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
