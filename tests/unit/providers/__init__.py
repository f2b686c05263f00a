"""What Stripe and Resend send, read and refused."""
