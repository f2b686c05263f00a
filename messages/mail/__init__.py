"""The mails and the receipt's PDF, down to the bytes. No mail is sent from here."""
