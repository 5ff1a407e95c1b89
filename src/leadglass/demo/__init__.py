"""The demonstration hospital: real peers around a real gateway."""
