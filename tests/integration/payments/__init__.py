"""What Stripe and admins decide about a payment, and that none is lost."""
