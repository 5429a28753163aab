"""The doors; the only asynchronous code."""
