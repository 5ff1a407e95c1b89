"""Carries out the assessment: gathers what is known of a hospital, judges it, and keeps the reports it made."""
