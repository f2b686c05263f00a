"""What is said about the customer's own things, and when something was not understood."""

from datetime import datetime

from bot.commands import CUSTOMER_COMMANDS
from bot.customer import keyboards
from bot.customer.orders_texts import status_word
from checkout.model.customer import Customer
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment
from checkout.purchase.manage_customers import CustomerData
from messages.language.text import fill, shorten
from messages.language.translator import Translator

PAYMENTS_IN_DATA = 8  # the newest; with long addresses more would not fit; the rest are counted


def address(translator: Translator, customer: Customer) -> OutgoingChat:
    if customer.email:
        text = translator.t_html("Your e-mail address is <b>{email}</b>. It is confirmed.", email=customer.email)
        return OutgoingChat(text, keyboards.change_address(translator))
    return OutgoingChat(translator.t_html("You have no confirmed e-mail address yet. Send me one as a message."))


def address_is_yours(translator: Translator, email: str) -> OutgoingChat:
    text = translator.t_html(
        "<b>{email}</b> is your confirmed address already. /start shows what is on sale.", email=email
    )
    return OutgoingChat(text, keyboards.change_address(translator))


def choose_language(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("Which language shall I speak?"), keyboards.languages())


def language_chosen(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("I speak English with you now; so do the pay page and the mails."))


def help_(translator: Translator) -> OutgoingChat:
    steps = translator.t_html(
        "<b>How it works</b>\n"
        "1. Choose a product: /start.\n"
        "2. Send me your e-mail address, then the six-digit code from the mail.\n"
        "3. Press the pay button: the card is entered on a secure page of Stripe’s, never here.\n"
        "4. The receipt and the files come here and by mail."
    )
    support = translator.t_html("Questions? Write to {support}.", support=translator.shop.support)
    commands = "\n".join(f"/{one.name} — {one.in_(translator.language)}" for one in CUSTOMER_COMMANDS)
    return OutgoingChat("\n\n".join([steps, support, commands]))


def canceled(translator: Translator, *, anything: bool) -> OutgoingChat:
    if anything:
        text = translator.t_html("Left. I am not waiting for anything now. /start shows what is on sale.")
    else:
        text = translator.t_html("There is nothing to leave. /start shows what is on sale.")
    return OutgoingChat(text)


def my_data(translator: Translator, data: CustomerData, now: datetime) -> OutgoingChat:
    who, nothing = data.customer, "—"
    language = keyboards.LANGUAGE_NAMES[who.language]
    since = who.email_verified_at and translator.date(who.email_verified_at)
    lines = [
        translator.t_html("<b>What is kept about you</b>"),
        translator.t_html("Telegram id: {id}", id=who.telegram_user_id),
        translator.t_html("Name: {name}", name=who.name or nothing),
        translator.t_html("Telegram name: {username}", username=f"@{who.username}" if who.username else nothing),
        translator.t_html("Language: {language}", language=language),
        translator.t_html("E-mail address: {email}", email=who.email or nothing),
        *([translator.t_html("Confirmed: {date}", date=since)] if since else []),
        translator.t_html("Payments: {count}", count=len(data.payments)),
        *(_kept_payment(translator, one, now) for one in data.payments[:PAYMENTS_IN_DATA]),
    ]
    outcome = translator.t_html("/forget erases it; the payments stay, for the books.")
    return OutgoingChat("\n".join(lines) + "\n\n" + outcome)


def _kept_payment(translator: Translator, payment: Payment, now: datetime) -> str:
    return fill(
        "• {date} · {title} · {amount} · {status} · {email}",
        date=translator.date(payment.created_at),
        title=shorten(payment.title, keyboards.TITLE_ON_BUTTON),
        amount=translator.money(payment.taken),
        status=status_word(translator, payment.status_at(now)),
        email=payment.email,
    )


def ask_forget(translator: Translator, nonce: str) -> OutgoingChat:
    text = translator.t_html(
        "Shall I erase what I keep about you: name, language, confirmed e-mail address and this conversation?\n\n"
        "Your payments stay, each with its e-mail address: the shop needs them for its books and for refunds."
    )
    return OutgoingChat(text, keyboards.forget(translator, nonce))


def forgotten(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Erased: name, language, e-mail address and conversation. Your payments stay, each with its e-mail"
            " address: the shop needs them for its books and for refunds. /start begins anew."
        )
    )


def not_forgotten(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("Nothing was erased."))


def not_typed(translator: Translator) -> str:
    return translator.t("A forwarded command is not carried out. Type it yourself if you mean it.")


def unknown_command(translator: Translator) -> str:
    return translator.t_html("I do not know this command. /help lists those I know, /start shows what is on sale.")


def not_understood(translator: Translator) -> str:
    return translator.t_html(
        "I only sell and take payments. A person answers at {support}. /start shows the shop.",
        support=translator.shop.support,
    )


def only_text(translator: Translator) -> str:
    return translator.t_html("I can read text only. /start shows what is on sale, /help tells how it works.")


def email_awaited(translator: Translator) -> str:
    return translator.t_html("I am waiting for your e-mail address: send it as a message, or /cancel.")


def edits_are_not_read(translator: Translator) -> str:
    return translator.t_html("I do not read changes to messages. Please send it as a new message.")
