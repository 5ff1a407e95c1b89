"""The project's benches: every figure we claim, measured side by side. Never imported by the product."""
