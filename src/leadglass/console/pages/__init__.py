"""The console's pages, one a file; each lists its addresses as ``PAGES``."""
