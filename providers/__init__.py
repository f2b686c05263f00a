"""The only place that imports stripe and resend."""
