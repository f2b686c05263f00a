"""What Stripe and admins decide about a payment. What is said of it is composed in `notifications`."""
