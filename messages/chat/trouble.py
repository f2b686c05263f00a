"""What an admin is told of the shop's surroundings: what is wrong there, what it means, and what to do."""

from collections.abc import Mapping

from checkout.model.message_kind import Trouble
from checkout.model.shop_notice import TroubleFound, TroubleOver
from messages.chat.sale_alerts import Told
from messages.language.i18n import N_
from messages.language.payment_phrases import PaymentPhrases

# What is wrong, and what it means or asks for.
WORDS: Mapping[str, tuple[str, str]] = {
    Trouble.UPDATES: (
        N_("What people write to the bot does not reach the shop"),
        N_("Another program uses this bot, or Telegram cannot reach PUBLIC_URL. What was written comes later."),
    ),
    Trouble.POLLER: (
        N_("Another program takes the bot's messages"),
        N_("What it takes never reaches the shop. Stop it, or let @BotFather revoke the token."),
    ),
    Trouble.ACCOUNT: (
        N_("Stripe lets this account take no payments"),
        N_("Nobody can pay. Look in Stripe's dashboard at what the account still needs."),
    ),
    Trouble.KEYS: (
        N_("Stripe does not take a key of the shop"),
        N_(
            "Perhaps nobody can pay. Look in Stripe's dashboard (Developers, API keys) whether one was revoked, has run"
            " out or lacks a permission; put the new one into the settings and restart."
        ),
    ),
    Trouble.WEBHOOKS: (
        N_("Stripe's webhooks do not arrive as they should"),
        N_("No payment is lost: Stripe is asked, and customers hear a little later. Run “checkout-bot setup”."),
    ),
    Trouble.WALLETS: (
        N_("Apple Pay and Google Pay are not offered"),
        N_("Cards work as always. “checkout-bot setup” registers the domain with Stripe."),
    ),
    Trouble.CLOCK: (
        N_("The clock of this machine is wrong"),
        N_("Webhooks are refused when it is minutes off. Run: timedatectl set-ntp true"),
    ),
    Trouble.MAIL_DOMAIN: (
        N_("Resend may not send the shop's mails"),
        N_(
            "Receipts come in the chat; codes to confirm an address do not arrive. Look at the domain's DNS"
            " records at resend.com, Domains."
        ),
    ),
    Trouble.MAIL_REPORTS: (
        N_("Nobody hears of mails that do not arrive"),
        N_("Resend does not report them to the shop. Run “checkout-bot setup”."),
    ),
    Trouble.MAILS: (
        N_("Resend does not send what the shop mails"),
        N_(
            "Receipts come in the chat; codes to confirm an address do not arrive. The reason stands in /outbox, or"
            " at resend.com, Emails: a quota that is used up, say. What was lost goes out again with /resend."
        ),
    ),
    Trouble.CODES: (
        N_("So many codes are asked for that no more are mailed for now"),
        N_(
            "Whoever has to confirm an address waits; with a confirmed one people buy as always. Perhaps somebody asks"
            " for them with many accounts."
        ),
    ),
    Trouble.ADDRESS: (
        N_("The pay page cannot be reached"),
        N_("Nobody can pay. Look at the domain, the reverse proxy and the certificate."),
    ),
    Trouble.PAGE: (
        N_("Something changes the pay page on its way"),
        N_(
            "Whoever changes its scripts can read cards. If you know of no proxy or CDN that does it, stop the"
            " program and look for whoever did."
        ),
    ),
    Trouble.METRICS: (
        N_("The shop's figures can be read by everybody"),
        N_("Set METRICS_TOKEN, or let the reverse proxy answer /metrics itself."),
    ),
    Trouble.DISK: (
        N_("The disk is almost full"),
        N_("When it is full no payment can be recorded. Free some space."),
    ),
    Trouble.BACKUP: (
        N_("There is no backup of the last two days"),
        N_("Run “checkout-bot backup FILE” every night."),
    ),
}
# What only the mails themselves show.
BEYOND_DOCTOR = (Trouble.MAILS, Trouble.CODES)
# Of a newer version, before somebody went back to this one.
UNKNOWN = N_("Something about the shop is to be mended"), N_("A newer version of the program has seen it.")


def trouble_found(notice: TroubleFound, phrases: PaymentPhrases) -> Told:
    heading, advice = WORDS.get(notice.trouble, UNKNOWN)
    if notice.trouble in BEYOND_DOCTOR:
        last = phrases.t_html("You will hear when it is well again.")
    else:
        last = phrases.t_html("“checkout-bot doctor” says more. You will hear when it is well again.")
    return [f"⚠️ <b>{phrases.t_html(heading)}</b>", phrases.t_html(advice), last]


def trouble_over(notice: TroubleOver, phrases: PaymentPhrases) -> Told:
    heading, _ = WORDS.get(notice.trouble, UNKNOWN)
    return [f"✅ <b>{phrases.t_html('This is over')}</b>", phrases.t_html(heading)]
