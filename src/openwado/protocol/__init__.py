"""The WADO language (PS3.18): text in, values out; no input or output."""
