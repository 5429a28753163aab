"""Indexes of any size with made-up rows."""
