"""Text objects as something that people read: one document, and a writer for each media type (PS3.18 8.7.4)."""
