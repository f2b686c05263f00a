"""Looking things up: payments, timelines, statistics, exports, the audit. Nothing here changes a payment."""
