"""The traffic with Telegram: updates in, messages out, errors translated. What is talked about is not known here."""
