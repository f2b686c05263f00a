"""What makes things go wrong on purpose: outages, cancelling, standstill, odd events."""
