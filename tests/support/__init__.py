"""What several tests need, the benchmarks too: shops, payments, clocks, fakes. No test."""
