"""Settings that make a whole shop, as they stand in its environment."""

GOOD_SETTINGS = {
    "BOT_TOKEN": "1234567:AAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAa",
    "STRIPE_SECRET_KEY": "sk_test_abc123",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_abc123",
    "STRIPE_WEBHOOK_SECRET": "whsec_one, whsec_two",
    "RESEND_API_KEY": "re_abc",
    "MAIL_FROM": "Shop <shop@example.com>",
    "PUBLIC_URL": "https://pay.example.com/",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "ADMIN_IDS": "1, 2,",
}
