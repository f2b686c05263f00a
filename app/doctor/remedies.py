"""What to do about each thing that can be wrong, by the check's id. The docs' table is made from this."""

from checkout.sentence import N_

REMEDIES = {
    "settings": N_(
        "Correct it in .env (or wherever the settings come from); docs/settings.md says what each looks like."
    ),
    "catalogue": N_("Correct the catalogue; `checkout-bot check` reads it without anything else."),
    "catalogue.sample": N_(
        "Put your own seller and shop id into {path}: customers would get receipts of somebody else."
    ),
    "telegram.token": N_("Copy BOT_TOKEN anew from @BotFather (/mybots, the bot, API Token)."),
    "telegram.admins": N_("Let this person open {url} and press Start, or correct ADMIN_IDS."),
    "telegram.no_admins": N_("Put your own Telegram user id into ADMIN_IDS, or nobody hears of what needs a person."),
    "telegram.webhook": N_(
        "Run: checkout-bot setup. If it comes back, another program uses this bot: stop it, or let @BotFather "
        "revoke the token."
    ),
    "telegram.poller": N_(
        "Stop the other program, or send /revoke to @BotFather and put the new BOT_TOKEN here alone. Five minutes "
        "later doctor says that it is gone."
    ),
    "telegram.delivery": N_("Look at what PUBLIC_URL answers to /webhooks/telegram, and whether serve is running."),
    "stripe.key": N_("Copy STRIPE_SECRET_KEY anew from dashboard.stripe.com, Developers, API keys."),
    "stripe.permission": N_("Give the restricted key {permission} in dashboard.stripe.com, Developers, API keys."),
    "stripe.account": N_("Finish the account's activation at dashboard.stripe.com."),
    "stripe.publishable": N_(
        "Copy STRIPE_PUBLISHABLE_KEY anew from the same page of dashboard.stripe.com as the secret key."
    ),
    "stripe.domain": N_("Run: checkout-bot setup"),
    "stripe.endpoint": N_("Run: checkout-bot setup"),
    "stripe.duplicates": N_(
        "Delete all but one in dashboard.stripe.com, Developers, Webhooks, or run: checkout-bot setup"
    ),
    "stripe.webhook_secret": N_(
        "Run: checkout-bot setup. It makes the endpoint anew where its secret cannot be read again; after Roll secret "
        "in the dashboard give it --stripe-secret-rolled, and it notes the new one."
    ),
    "stripe.deliveries": N_(
        "Look at dashboard.stripe.com, Developers, Webhooks, what the endpoint answered. What was missed is "
        "asked for by itself; to do it now: checkout-bot reconcile"
    ),
    "stripe.clock": N_("Set this machine's clock: timedatectl set-ntp true"),
    "resend.key": N_("Copy RESEND_API_KEY anew from resend.com, API keys."),
    "resend.domain": N_("Add and verify {domain} at resend.com, Domains, or change MAIL_FROM."),
    "resend.dmarc": N_('Add a TXT record at _dmarc.{domain}, "v=DMARC1; p=none" to begin with.'),
    "resend.webhook": N_("Run: checkout-bot setup"),
    "resend.webhook_secret": N_(
        "Run: checkout-bot setup, or copy the signing secret from resend.com, Webhooks, into RESEND_WEBHOOK_SECRET."
    ),
    "public_url": N_(
        "Start checkout-bot serve, let the name and the reverse proxy lead to {host}:{port}, and open the firewall."
    ),
    "public_url.certificate": N_(
        "Let the reverse proxy have a certificate for this very name that has not run out, with all that stands above "
        "it; Caddy gets one by itself once the name leads here and port 80 is open."
    ),
    "public_url.redirect": N_(
        "Stripe, Resend and Telegram do not follow: put the address that it leads to into PUBLIC_URL and run "
        "checkout-bot setup, or take the redirection away."
    ),
    "public_url.stranger": N_(
        "If SECRET_KEY was changed, restart checkout-bot serve. Else something else answers there: let the name and "
        "the reverse proxy lead to {host}:{port} of this shop."
    ),
    "public_url.settings": N_(
        "Restart checkout-bot serve: it reads settings and catalogue at its start alone. If that was done, doctor has "
        "other ones than it: run it in the shop's folder, with the same environment."
    ),
    "public_url.telegram": N_(
        "On this machine write 127.0.0.1 in place of localhost; elsewhere use a name with a dot."
    ),
    "public_url.headers": N_("Let the reverse proxy pass the headers of checkout-bot on as they are."),
    "public_url.scripts": N_(
        "Nothing may change scripts on the way (a CDN's optimizer, say): switch it off for this name. If you "
        "know of no such thing, take the page down and look for whoever changed it."
    ),
    "public_url.metrics": N_("Set METRICS_TOKEN, or let the reverse proxy answer /metrics itself."),
    "database": N_(
        "Look at DATABASE_URL, whether the server runs and takes writes, and whether this user may write the file and "
        "its folder, and no other program holds it."
    ),
    "database.schema": N_("Run: checkout-bot migrate"),
    "database.newer": N_("Install that version: an older program must not write into a newer database."),
    "database.shop": N_("What helps: {what_helps}. Until then checkout-bot serve does not start."),
    "messages.parked": N_("Look at /outbox in the chat: it says why, and has a button to try again."),
    "messages.waiting": N_(
        "Look at /outbox in the chat: it says why. They leave by themselves once the service takes them (a quota, a "
        "key, an outage) and serve runs; after three days they are left to you."
    ),
    "payments.todo": N_("Look at /todo in the chat: deliver by hand and press Done, or put the file back."),
    "payments.review": N_("Look at /payments review in the chat, and decide."),
    "disk": N_("Free some space, or move the database: when the disk is full no payment can be recorded."),
    "backup": N_("Run: checkout-bot backup FILE, every night (docs/backups.md)."),
    "files.private": N_("chmod go= {path}"),
    "probe": N_(
        "Look at what stands above about Stripe and PUBLIC_URL; dashboard.stripe.com, Developers, Webhooks, "
        "shows what the endpoint answered."
    ),
}
