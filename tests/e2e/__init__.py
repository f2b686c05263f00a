"""In a real Chromium: the pay page, the desk, and a purchase from end to end."""
