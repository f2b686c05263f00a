"""The stand-in of Resend. Imports nothing of the product: it answers as Resend's documentation says."""
