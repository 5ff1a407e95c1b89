"""The console: HTTPS pages for people. One page a file."""
