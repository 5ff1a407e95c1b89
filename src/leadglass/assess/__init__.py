"""The assessment, pure: controls, questions, evidence, verdicts, statistics. Never a file, a clock or a page.

Its data lie beside the code as TOML and are read by `config.catalogue`, which hands over parsed and checked values.
"""
