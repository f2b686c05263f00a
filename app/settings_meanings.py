"""What each setting is for, a sentence each: `setup --help` and docs/settings.md say it."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "BOT_TOKEN": "the bot's token, from @BotFather",
    "ADMIN_IDS": "Telegram user ids, comma-separated: who runs the shop from the chat; setup learns yours from a link",
    "STRIPE_SECRET_KEY": "Stripe's secret or restricted key, test or live",
    "STRIPE_PUBLISHABLE_KEY": "Stripe's publishable key, of the same account and mode as the secret one",
    "STRIPE_WEBHOOK_SECRET": (
        "the signing secret of Stripe's webhook endpoint, written by setup; several, comma-separated, while one is "
        "being rolled; without one Stripe is answered 503 and payments are asked for every ten minutes"
    ),
    "RESEND_API_KEY": "Resend's API key; doctor and setup need one with full access",
    "MAIL_FROM": "who mails come from, an address of a domain that Resend has verified",
    "RESEND_WEBHOOK_SECRET": (
        "the signing secret of Resend's webhook, written by setup; several, comma-separated, while one takes another's "
        "place; without one nobody hears that a mail bounced"
    ),
    "PUBLIC_URL": (
        "where customers and services reach the shop: https; plain http on this machine alone, as http://127.0.0.1:8080"
    ),
    "SECRET_KEY": "keys codes and what else must not be guessed; written by setup; changing it voids codes under way",
    "DATABASE_URL": "sqlite:///path, or postgresql://user:password@host/database",
    "CATALOG": "the file with the shop and its products",
    "HOST": "the address that serve listens on",
    "PORT": "the port that serve listens on",
    "TELEGRAM_UPDATES": "how messages come in: polling, or webhook (which several replicas need)",
    "TELEGRAM_WEBHOOK_SECRET": "what Telegram's webhook proves itself with; needed with TELEGRAM_UPDATES=webhook",
    "PAY_LINK_TTL": "how long a pay link lives: 90s, 30m, 24h, 7d; that of a voucher lives as long as the voucher",
    "TELEGRAM_API_URL": "another base address of Telegram's, such as a local Bot API server",
    "STRIPE_API_URL": "another base address of Stripe's API",
    "RESEND_API_URL": "another base address of Resend's API",
    "STRIPE_JS_URL": "the whole address of Stripe.js, pinned to a release",
    "MAILS_PER_SECOND": "how many mails leave in a second: below what Resend allows the account",
    "LOG_FORMAT": "console for people, json for machines",
    "LOG_LEVEL": "DEBUG, INFO, WARNING, ERROR or CRITICAL",
    "METRICS_TOKEN": (
        "a bearer token for /metrics; without one only this machine may read it, with one everybody has to send it"
    ),
}
