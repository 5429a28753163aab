"""The manual: the Markdown of `docs/` and what stands beside it, as pages to read."""
