"""What each setting is for, a sentence each: `setup --help` and docs/settings.md say it."""

from collections.abc import Mapping

from checkout.sentence import N_

MEANINGS: Mapping[str, str] = {
    "BOT_TOKEN": N_("the bot's token, from @BotFather"),
    "ADMIN_IDS": N_(
        "Telegram user ids, comma-separated: who runs the shop from the chat; setup learns yours from a link"
    ),
    "STRIPE_SECRET_KEY": N_("Stripe's secret or restricted key, test or live"),
    "STRIPE_PUBLISHABLE_KEY": N_("Stripe's publishable key, of the same account and mode as the secret one"),
    "STRIPE_WEBHOOK_SECRET": N_(
        "the signing secret of Stripe's webhook endpoint, written by setup; several, comma-separated, while one is "
        "being rolled; without one Stripe is answered 503 and payments are asked for every ten minutes"
    ),
    "RESEND_API_KEY": N_("Resend's API key; doctor and setup need one with full access"),
    "MAIL_FROM": N_("who mails come from, an address of a domain that Resend has verified"),
    "RESEND_WEBHOOK_SECRET": N_(
        "the signing secret of Resend's webhook, written by setup; several, comma-separated, while one takes another's "
        "place; without one nobody hears that a mail bounced"
    ),
    "PUBLIC_URL": N_(
        "where customers and services reach the shop: https; plain http on this machine alone, as http://127.0.0.1:8080"
    ),
    "SECRET_KEY": N_(
        "keys codes and what else must not be guessed; written by setup; changing it voids codes under way"
    ),
    "DATABASE_URL": N_("sqlite:///path, or postgresql://user:password@host/database"),
    "CATALOG": N_("the file with the shop and its products"),
    "HOST": N_("the address that serve listens on"),
    "PORT": N_("the port that serve listens on"),
    "TELEGRAM_UPDATES": N_("how messages come in: polling, or webhook (which several replicas need)"),
    "TELEGRAM_WEBHOOK_SECRET": N_("what Telegram's webhook proves itself with; needed with TELEGRAM_UPDATES=webhook"),
    "PAY_LINK_TTL": N_("how long a pay link lives: 90s, 30m, 24h, 7d; that of a voucher lives as long as the voucher"),
    "TELEGRAM_API_URL": N_("another base address of Telegram's, such as a local Bot API server"),
    "STRIPE_API_URL": N_("another base address of Stripe's API"),
    "RESEND_API_URL": N_("another base address of Resend's API"),
    "STRIPE_JS_URL": N_("the whole address of Stripe.js, pinned to a release"),
    "MAILS_PER_SECOND": N_("how many mails leave in a second: below what Resend allows the account"),
    "LOG_FORMAT": N_("console for people, json for machines"),
    "LOG_LEVEL": N_("DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    "METRICS_TOKEN": N_(
        "a bearer token for /metrics; without one only this machine may read it, with one everybody has to send it"
    ),
}
