"""Renders a report: page, print, PDF, spreadsheet. Knows what a report holds, never how it was judged."""
