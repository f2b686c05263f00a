"""What a process needs to run: its tasks, clock, log, metrics and readiness. Nothing is built or decided here."""
