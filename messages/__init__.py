"""What is said by mail, in chat about a payment, and on paper; and the two languages of the whole product."""
