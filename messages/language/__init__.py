"""The two languages of the whole product: translations, formats, phrases about a payment. No whole message."""
