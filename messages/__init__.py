"""What is said by mail, in chat about a payment, and on paper, in both languages. Renders; sends and stores nothing."""
