"""Real processes, killed and cut off by a plan from a seed; a referee compares at the end."""
