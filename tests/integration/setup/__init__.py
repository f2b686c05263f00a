"""`checkout-bot setup`, from nothing to a shop, against the stand-ins."""
