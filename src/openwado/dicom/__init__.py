"""One DICOM object: bytes to values and back (PS3.3, PS3.5, PS3.10)."""
