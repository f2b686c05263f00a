"""What both databases must do alike, and what several processes share."""
