"""Where audit messages go (PS3.15 A.5)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.access import AccessSettings
from openwado.settings.kinds import Count, CountOrNone

_NAMES = "activity, retrieval, storage, query, authentication, alert, deletion, audit log"


class AuditSettings(AccessSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where audit messages go (PS3.15 A.5)."""

    title: ClassVar[str] = "Audit"

    audit: Annotated[bool, Meta(description="Whether audit messages are made, and kept in a trail.")] = False
    audit_required: Annotated[
        bool,
        Meta(description="Whether, while nothing can be recorded, nothing is answered (503). Else answers go on."),
    ] = False
    audit_folder: Annotated[
        str, Meta(description="Folder for the audit trail, for this server alone. Empty: audit in the data folder.")
    ] = ""
    audit_syslog: Annotated[
        str,
        Meta(
            description="Where messages are sent: udp://HOST:514, tcp://HOST:601 or tls://HOST:6514. "
            "Empty: nowhere, they stay in the trail."
        ),
    ] = ""
    audit_syslog_ca: Annotated[
        str,
        Meta(
            description="File with certificates (PEM) of those who vouch for the receiver. Empty: those that the "
            "system trusts."
        ),
    ] = ""
    audit_syslog_certificate: Annotated[
        str, Meta(description="File with this server's certificate (PEM) for the receiver. Empty: none is shown.")
    ] = ""
    audit_syslog_key: Annotated[
        str, Meta(description="File with that certificate's private key (PEM). Empty: it is in the certificate's file.")
    ] = ""
    audit_source_id: Annotated[
        str,
        Meta(description="Name of this server in messages (AuditSourceID). Empty: openwado@ and the machine's name."),
    ] = ""
    audit_site: Annotated[
        str, Meta(description="Name of the site in messages (AuditEnterpriseSiteID). Empty: none.")
    ] = ""
    audit_window: Annotated[
        Annotated[float, Meta(ge=0, le=86_400)],
        Meta(
            description="Time in which accesses of the same kind by the same user to the same study are one message, "
            "seconds; 0: each request is one."
        ),
    ] = 60.0
    audit_instances: Annotated[
        Annotated[int, Meta(ge=0, le=400)],
        Meta(
            description="Most instances named in one message; more of them are in further messages. 0: only their "
            "number is told."
        ),
    ] = 300
    audit_failures: Annotated[
        CountOrNone,
        Meta(
            description="Failed authentications of one user or machine within audit_window that are a Security Alert; "
            "0: none is."
        ),
    ] = 5
    audit_leave_out: Annotated[
        tuple[str, ...],
        Meta(description=f"Events that are not recorded, out of: {_NAMES}. In the environment: separated by commas."),
    ] = ()
    audit_domain: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of the security domain, such as 192.0.2.0/24: what is sent to others is an Export. "
            "Empty: everything is inside. In the environment: separated by commas."
        ),
    ] = ()
    audit_rotate_size: Annotated[
        Count, Meta(description="Size of a file of the trail from which on another one is begun, MiB.")
    ] = 64
    audit_rotate_days: Annotated[
        Count, Meta(description="Age of a file of the trail from which on another one is begun, days.")
    ] = 1
    audit_keep_days: Annotated[
        CountOrNone,
        Meta(description="Age from which on files of the trail are removed once they are sent, days; 0: never."),
    ] = 0
    audit_chain_key: Annotated[
        str,
        Meta(
            description="Secret for the chain of digests over the trail, so that nobody without it can write the trail "
            "anew. Empty: digests without a key."
        ),
    ] = ""
