"""Benchmarks, run by hand and by `make bench`: ratios within one run, no absolute promises. No test of behaviour."""
