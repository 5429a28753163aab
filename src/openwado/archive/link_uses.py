"""How often signed links have been used that are good for a number of requests: counted for all servers of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.archive import sql

if TYPE_CHECKING:
    from openwado.archive.database import Database, Transaction


def count_use(database: Database, link: str, expires: int, now: int) -> int:
    """Count a use of a link, and return how many there are now; survives a power cut.

    Args:
        database: of the index.
        link: its number.
        expires: seconds since 1970, from which on it need not be counted any more.
        now: seconds since 1970; links that have expired are forgotten.

    Raises:
        Unavailable: the database cannot be written; nothing was counted.
    """

    def count(transaction: Transaction) -> int:
        transaction.execute(sql.DELETE_EXPIRED_USES, now)
        return int(transaction.row(sql.COUNT_USE, link, expires)[0])

    return database.transaction(count, durable=True)
