"""Renditions that were made, kept within bounds: in memory, then on disk."""
