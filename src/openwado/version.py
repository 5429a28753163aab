"""Which version of the program this is; that of the distribution in pyproject.toml is held against it by a test."""

__version__ = "0.1.0"
