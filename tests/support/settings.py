"""Settings that make a whole shop, as they stand in its environment."""

import base64

# Strings that are nobody's: as long and as mixed as those that the services give out.
WEBHOOK_SECRETS = ("whsec_Xq7rT2mZ9kLw4VnB6sJd", "whsec_9fQpL3xYc8HtR5uKe2Ga")
RESEND_WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"nobody signs with this").decode()

GOOD_SETTINGS = {
    "BOT_TOKEN": "1234567:AAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAa",
    "STRIPE_SECRET_KEY": "sk_test_abc123",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_abc123",
    "STRIPE_WEBHOOK_SECRET": ", ".join(WEBHOOK_SECRETS),
    "RESEND_API_KEY": "re_abc",
    "RESEND_WEBHOOK_SECRET": RESEND_WEBHOOK_SECRET,
    "MAIL_FROM": "Shop <shop@example.com>",
    "PUBLIC_URL": "https://pay.example.com/",
    "SECRET_KEY": "eXwN0oWvU8aQz3cLr6TgYb1MhDkJp5fS",
    "ADMIN_IDS": "1, 2,",
}
