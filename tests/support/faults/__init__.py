"""What makes things go wrong on purpose: outages, cancelling, standstill, migrations, odd events."""
