"""The tables of settings, a group a file; each group takes up the one before, and `config.Settings` is the last."""
