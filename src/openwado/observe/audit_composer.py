"""From the journals of all processes to the audit trail: facts read, gathered, made into messages, and kept.

Facts that stand for themselves are in the trail at once. The others wait until their window is over; until then they
are in the journals, so that nothing is lost however this process ends: where the trail ends, the next one goes on.
"""

from __future__ import annotations

import logging
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from openwado.observe.audit_events import Messages
from openwado.observe.audit_facts import GATHERED, Activity, Agent, Alerted, Authenticated
from openwado.observe.audit_group import Gathering
from openwado.observe.audit_journal_reading import Journals
from openwado.observe.audit_message import SERIOUS_FAILURE, SUCCESS
from openwado.observe.audit_trail import Trail, Written
from openwado.observe.audit_xml import message_xml
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network

    from openwado.observe.audit_facts import Fact
    from openwado.observe.audit_group import Group
    from openwado.observe.audit_message import AuditMessage
    from openwado.observe.audit_options import AuditOptions
    from openwado.observe.audit_participants import StudyFacts

#: Facts gathered at the most; then their window is over.
_MOST_GATHERED: Final = 100_000

#: Between times at which what was read from journals is brought to stable storage, seconds.
_SECURE_SECONDS: Final = 1.0

#: Severities of syslog: notice, warning (PS3.15 A.6).
_NOTICE, _WARNING = 5, 4

_logger = logging.getLogger("openwado.audit")


class Composer:
    """Makes the trail. One process at a time does.

    Args:
        options: how.
        study_facts: says whose a study is.

    Raises:
        TrailInUse: another process does already.
        OSError: the trail cannot be read or written.
    """

    def __init__(self, options: AuditOptions, study_facts: Callable[[str], StudyFacts]) -> None:
        self._options = options
        self.trail = Trail(options.trails, options.trail)
        self._journals = Journals(options.journals, self.trail.taken)
        self._messages = Messages(
            options.source,
            options.most_instances,
            lambda address: _is_inside(address, options.domain),
            study_facts,
        )
        self._gathering = Gathering()
        self._own: list[Fact] = []
        self._run = self.trail.run
        self._window_ends = time.monotonic() + options.window
        self._secured = time.monotonic()

    def begin(self, run: str, launcher: Agent) -> None:
        """Tell of the start of the server, unless that is told already; run: names this start."""
        if run != self.trail.run:
            self._run = run
            if "activity" not in self._options.left_out:
                self._own.append(Activity(time=time.time(), agent=launcher, started=True))

    def end(self, launcher: Agent) -> None:
        """Tell of the stop of the server."""
        if "activity" not in self._options.left_out:
            self._own.append(Activity(time=time.time(), agent=launcher, started=False))

    def step(self, *, last: bool = False) -> bool:
        """Read on, and append to the trail what is due; return whether something was appended.

        Args:
            last: whether the window is over now.

        Raises:
            OSError: the trail cannot be written; nothing is lost, for it is in the journals.
        """
        journals = self._journals.look()
        own, self._own = self._own, []
        messages = [self._messages.of_fact(fact) for fact in own]
        places = {}
        for journal in journals:
            for place, fact in journal.facts():
                messages += self._take(fact, is_told=place <= journal.told, is_gathered=place <= journal.gathered)
            places[journal.path.name] = journal.read
        is_over = last or time.monotonic() >= self._window_ends or self._gathering.facts >= _MOST_GATHERED
        groups = self._gathering.take() if is_over else []
        messages += [message for group in groups for message in self._messages.of_group(group)]
        try:
            appended = self._append(messages, places, with_gathered=is_over)
        except OSError:
            self._own = own + self._own
            self._gathering.take()
            self._journals.rewind()
            raise
        if is_over:
            self._window_ends = time.monotonic() + self._options.window
        self._journals.remove_left()
        self._secure()
        return appended

    def has_writers(self) -> bool:
        """Return whether any process lives that may note more."""
        return any(journal.has_writer() for journal in self._journals.look())

    def close(self) -> None:
        """Let go of the files."""
        self._journals.close()
        self.trail.close()

    def _take(self, fact: Fact, *, is_told: bool, is_gathered: bool) -> list[AuditMessage]:
        """Deal with a fact that was read, unless it is in the trail already; return messages that are due at once."""
        if not isinstance(fact, GATHERED):
            return [] if is_told else [self._messages.of_fact(fact)]
        if is_gathered:
            return []
        alert = self._alert_of(self._gathering.add(fact))
        if self._options.window:
            return [self._messages.alert(alert)] if alert else []
        alone = [message for group in self._gathering.take() for message in self._messages.of_group(group)]
        return [*alone, self._messages.alert(alert)] if alert else alone

    def _alert_of(self, group: Group) -> Alerted | None:
        """Return the alert that another failed authentication makes due."""
        first = group.first
        if not isinstance(first, Authenticated) or first.succeeded or group.count != self._options.failures:
            return None
        if "alert" in self._options.left_out:
            return None
        text = (
            f"{group.count} failed authentications ({first.method}: {first.reason}) within {self._options.window:g} s"
        )
        return Alerted(
            time=time.time(), agent=first.agent, kind="restricted function", text=text, outcome=SERIOUS_FAILURE
        )

    def _append(self, messages: list[AuditMessage], places: dict[str, int], *, with_gathered: bool) -> bool:
        """Append messages together with the places up to which the journals are told by them."""
        journals = self._journals.look()
        ahead = [journal for journal in journals if journal.gathered < journal.read]
        if not messages and not (with_gathered and ahead) and self._run == self.trail.run:
            return False
        taken = {}
        for journal in journals:
            place = places.get(journal.path.name, journal.told)
            gathered = place if with_gathered else journal.gathered
            taken[journal.path.name] = (max(place, journal.told), max(gathered, journal.gathered))
        source = self._options.source
        written = [
            Written(one.time, _NOTICE if one.outcome == SUCCESS else _WARNING, message_xml(one, source))
            for one in messages
        ]
        self.trail.append(written, taken, self._run)
        for journal in journals:
            journal.told, journal.gathered = taken[journal.path.name]
        return bool(written)

    def _secure(self) -> None:
        now = time.monotonic()
        if now - self._secured < _SECURE_SECONDS:
            return
        self._secured = now
        for journal in self._journals.look():
            try:
                journal.secure()
            except OSError as error:
                _logger.error(event("audit journal not on stable storage", detail=error.strerror))  # noqa: TRY400 -- the system's own words


def _is_inside(address: str, domain: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Return whether an address is in the security domain; without one, everything is."""
    if not domain:
        return True
    try:
        parsed = ip_address(address)
    except ValueError:
        return not address  # a command on this machine has none
    return any(parsed in network for network in domain)
