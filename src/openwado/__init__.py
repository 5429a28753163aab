"""openwado: a WADO server (ISO 17432, DICOM PS3.18 WADO-URI)."""

__version__ = "0.1.0"
