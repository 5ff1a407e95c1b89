"""The head of a data set (PS3.5): identity without touching pixel data."""
