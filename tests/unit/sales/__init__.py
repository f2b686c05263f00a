"""What follows from a sale, on values alone."""
