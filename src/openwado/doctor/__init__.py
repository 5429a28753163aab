"""Looks at an installation from outside, and says how to mend what is wrong with it."""
