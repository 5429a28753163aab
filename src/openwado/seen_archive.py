"""The archive as somebody sees it who may not see everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.access.permission import check_right
from openwado.access.subject import subject_of

if TYPE_CHECKING:
    from openwado.access.permission import Permission
    from openwado.access.rights import Right, Rights
    from openwado.archive.archive import Archive
    from openwado.archive.index import IndexedInstance


def seen_archive(archive: Archive, permission: Permission | None, rights: Rights) -> Archive:
    """Return an archive in which there is only what may be had with one of some rights; None: everything."""
    if permission is None:
        return archive
    return archive.seen_by(
        lambda instance, description: not rights.isdisjoint(permission.rights_on(subject_of(instance, description)))
    )


def archive_for(archive: Archive, permission: Permission | None, right: Right, located: IndexedInstance) -> Archive:
    """Return an archive in which there is only what may be had with a right, which an object needs.

    Raises:
        Forbidden: it may be known of, but not had so.
        Changed: its record was replaced since it was located.
    """
    if permission is not None:
        description = archive.description(located)
        check_right(permission.rights_on(subject_of(located.instance, description)), right)
    return seen_archive(archive, permission, frozenset({right}))
