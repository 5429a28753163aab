"""Settings as rows of a table: what is in use, what is usual, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.config import Settings, description_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording


def setting_rows(words: Wording, situation: Situation, names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return rows of name, value in use, default and meaning.

    Args:
        words: say what the settings do.
        situation: of the server.
        names: of settings that hold no secret.
    """
    usual = Settings()
    return [
        (
            name,
            _in_use(words, situation, name),
            _shown(words, getattr(usual, name)),
            words.term(description_of(name)),
        )
        for name in names
    ]


def _in_use(words: Wording, situation: Situation, name: str) -> str:
    value = getattr(situation.settings, name)
    if not value and name in situation.resolved:
        return words("limits.resolved", value=value, number=situation.resolved[name])
    return _shown(words, value)


def _shown(words: Wording, value: object) -> str:
    if isinstance(value, bool):
        return words.yes(is_so=value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) or "-"
