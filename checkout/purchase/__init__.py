"""What a customer does until Stripe has the payment. What Stripe says of it afterwards is in `payments`."""
