"""`checkout-bot doctor`: a file for each thing it looks at. A check reports, and changes nothing anywhere."""
