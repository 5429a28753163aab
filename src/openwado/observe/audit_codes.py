"""The codes of audit messages: events, their types, roles and identifiers (PS3.15 A.5.3; PS3.16 CIDs 400 to 406)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: its code, the name of the coding system, and what it means."""

    code: str
    system: str
    meaning: str


def _dcm(code: str, meaning: str) -> Code:
    return Code(code, "DCM", meaning)


APPLICATION_ACTIVITY: Final = _dcm("110100", "Application Activity")
AUDIT_LOG_USED: Final = _dcm("110101", "Audit Log Used")
BEGIN_TRANSFERRING: Final = _dcm("110102", "Begin Transferring DICOM Instances")
INSTANCES_ACCESSED: Final = _dcm("110103", "DICOM Instances Accessed")
INSTANCES_TRANSFERRED: Final = _dcm("110104", "DICOM Instances Transferred")
STUDY_DELETED: Final = _dcm("110105", "DICOM Study Deleted")
EXPORT: Final = _dcm("110106", "Export")
IMPORT: Final = _dcm("110107", "Import")
QUERY: Final = _dcm("110112", "Query")
SECURITY_ALERT: Final = _dcm("110113", "Security Alert")
USER_AUTHENTICATION: Final = _dcm("110114", "User Authentication")

APPLICATION_START: Final = _dcm("110120", "Application Start")
APPLICATION_STOP: Final = _dcm("110121", "Application Stop")
LOGIN: Final = _dcm("110122", "Login")
NODE_AUTHENTICATION: Final = _dcm("110126", "Node Authentication")
USE_OF_RESTRICTED_FUNCTION: Final = _dcm("110132", "Use of Restricted Function")
OBJECT_SECURITY_ATTRIBUTES_CHANGED: Final = _dcm("110135", "Object Security Attributes Changed")
AUDIT_RECORDING_STOPPED: Final = _dcm("110133", "Audit Recording Stopped")
AUDIT_RECORDING_STARTED: Final = _dcm("110134", "Audit Recording Started")

APPLICATION: Final = _dcm("110150", "Application")
APPLICATION_LAUNCHER: Final = _dcm("110151", "Application Launcher")
DESTINATION: Final = _dcm("110152", "Destination Role ID")
SOURCE: Final = _dcm("110153", "Source Role ID")
DESTINATION_MEDIA: Final = _dcm("110154", "Destination Media")
SOURCE_MEDIA: Final = _dcm("110155", "Source Media")

MEDIA_URI: Final = _dcm("110037", "URI")

STUDY_INSTANCE_UID: Final = _dcm("110180", "Study Instance UID")
NODE_ID: Final = _dcm("110182", "Node ID")
PATIENT_NUMBER: Final = Code("2", "RFC-3881", "Patient Number")
SEARCH_CRITERIA: Final = Code("10", "RFC-3881", "Search Criteria")
URI: Final = Code("12", "RFC-3881", "URI")
