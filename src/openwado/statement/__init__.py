"""The DICOM Conformance Statement (PS3.2), made of the tables that the program runs on."""
