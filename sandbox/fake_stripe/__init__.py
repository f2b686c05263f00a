"""The stand-in of Stripe. Imports nothing of the product: it answers as Stripe's documentation says."""
