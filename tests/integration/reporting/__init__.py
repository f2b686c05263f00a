"""What admins look up."""
