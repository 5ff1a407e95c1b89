"""Leadglass: the security system of a hospital's imaging network. This file only names the version."""

__version__ = "0.1.0"
