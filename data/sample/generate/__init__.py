"""The generator of the synthetic sample county (run: `python -m data.sample.generate`)."""
