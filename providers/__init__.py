"""Stripe and Resend behind the ports of `checkout`. The only place that imports their SDKs; nothing is decided here."""
