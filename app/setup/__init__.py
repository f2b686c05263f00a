"""`checkout-bot setup`: a file for each thing that is asked, and for each service that is told; no rule of the shop."""
