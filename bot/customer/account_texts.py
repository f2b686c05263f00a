"""What is said about the customer's own things, and when something was not understood."""

from bot.commands import ADMINS_OWN, CUSTOMER_COMMANDS, Command
from bot.customer import catalog_texts, keyboards, orders_texts
from bot.dialogue import Dialogue
from bot.dialogue_texts import reminder
from checkout.model.outgoing import ButtonRows, OutgoingChat
from checkout.model.payment import PAYABLE, Payment, Status
from messages.language.text import fill, shorten
from messages.language.translator import Translator

TYPED = 100  # characters


def choose_language(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("Which language shall I speak?"), keyboards.languages())


def language_chosen(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("I speak English with you now; so do the pay page and the mails."))


def help_(translator: Translator, dialogue: Dialogue, payment: Payment | None, *, is_admin: bool) -> OutgoingChat:
    """Where the customer stands, then how it goes on from wherever that is. ``payment`` is one of theirs that waits for
    them, or is under way."""
    steps = translator.t_html(
        "<b>How it works</b>\n"
        "1. Choose a product: /start.\n"
        "2. Send me your e-mail address, then the six-digit code from the mail.\n"
        "3. Press the pay button: the card is entered on a secure page of Stripe’s, never here.\n"
        "4. The receipt and the files come here and by mail."
    )
    support = translator.t_html("Questions? Write to {support}.", support=translator.shop.support)
    commands = "\n".join(_listed(translator, one) for one in (*CUSTOMER_COMMANDS, *([ADMINS_OWN] if is_admin else [])))
    stands, buttons = _where(translator, dialogue, payment)
    return OutgoingChat("\n\n".join([stands, steps, support, commands]), buttons)


def _where(translator: Translator, dialogue: Dialogue, payment: Payment | None) -> tuple[str, ButtonRows]:
    if awaited := reminder(translator, dialogue):
        return awaited, keyboards.code(translator) if dialogue.waits_for_code else ()
    if payment is None:
        return translator.t_html("Nothing waits for you now. /start shows what is on sale."), ()
    return stands(translator, payment), ()


def stands(translator: Translator, payment: Payment) -> str:
    """``payment`` waits to be paid, or is under way."""
    if payment.status is Status.PROCESSING:
        return translator.t_html(
            "The payment for “{title}” is being processed: you need do nothing.", title=translator.title_of(payment)
        )
    if payment.status is Status.REVIEW:
        return translator.t_html(
            "The shop is looking into your payment for “{title}”.", title=translator.title_of(payment)
        )
    waits = catalog_texts.waits_for_payment(translator, payment)
    return f"{waits} {translator.t_html('/orders shows its pay button.')}"


def pay_support(translator: Translator, newest: Payment | None) -> OutgoingChat:
    lines = [
        translator.t_html(
            "Something about a payment? Write to {support}: a person answers. Telegram’s own support cannot help with"
            " it.",
            support=translator.shop.support,
        )
    ]
    if newest is not None:
        lines.append(
            translator.t_html(
                "Your newest payment is “{title}”, {amount}: name it by <code>{payment_id}</code> when you write."
                " /orders lists them all.",
                title=shorten(translator.title_of(newest), orders_texts.TITLE_IN_LIST),
                amount=translator.money(newest.taken),
                payment_id=newest.payment_id,
            )
        )
    return OutgoingChat("\n\n".join(lines))


def terms(translator: Translator) -> OutgoingChat:
    """The shop's own, a text or an address; without them who sells and who answers."""
    if own := translator.shop.terms.in_(translator.language):
        return OutgoingChat(fill("{text}", text=own))
    return OutgoingChat(
        translator.t_html(
            "You buy from {seller}. For questions, returns and complaints write to {support}.",
            seller=translator.shop.seller,
            support=translator.shop.support,
        )
    )


def company_invoice(translator: Translator) -> OutgoingChat:
    """For whoever asks for an invoice in words: a person makes it."""
    return OutgoingChat(
        translator.t_html(
            "An invoice for a company? Write to {support}, best before you pay: the company’s name, its address and VAT"
            " number. Receipts of what is paid are in /orders.",
            support=translator.shop.support,
        )
    )


def canceled(translator: Translator, payment: Payment | None, *, anything: bool) -> OutgoingChat:
    """``payment`` has a pay link: whoever wants to leave that wants to know that it takes nothing by itself. Or it is
    under way."""
    if payment and payment.status in PAYABLE:
        said = translator.t_html(
            "The pay link for “{title}” still works. If you do not pay, nothing is charged, and it ends by itself.",
            title=translator.title_of(payment),
        )
    elif anything:
        said = translator.t_html("All right, I am not waiting for anything now.")
    elif payment:
        said = stands(translator, payment)
    else:
        said = translator.t_html("I was not waiting for anything.")
    return OutgoingChat(f"{said} {translator.t_html('/start shows what is on sale.')}")


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


def card_number(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "This looks like a card number. Do not send it in any chat, and delete the message. The card is entered on"
            " the pay page alone; nothing was charged by it."
        )
    )


def not_typed(translator: Translator) -> str:
    return translator.t("A forwarded command is not carried out. Type it yourself if you mean it.")


def unknown_command(translator: Translator) -> str:
    return translator.t_html("I do not know this command. /help lists those I know, /start shows what is on sale.")


def with_a_slash(translator: Translator, typed: str) -> str:
    """To an admin who has left it out."""
    command = f"/{shorten(typed, TYPED)}"
    return translator.t_html("A command begins with a slash: <code>{command}</code>", command=command)


def admins_own(translator: Translator) -> str:
    """For an admin, who may have meant something of that."""
    return _listed(translator, ADMINS_OWN)


def _listed(translator: Translator, command: Command) -> str:
    return f"/{command.name} — {command.in_(translator.language)}"


def not_understood(translator: Translator) -> str:
    return translator.t_html(
        "I only sell and take payments. A person answers at {support}. /start shows the shop.",
        support=translator.shop.support,
    )


def in_orders(translator: Translator) -> str:
    """Who has bought something may be looking for it."""
    return translator.t_html("What you have bought is in /orders.")


def only_text(translator: Translator) -> str:
    return translator.t_html("I can read text only. /start shows what is on sale, /help tells how it works.")


def edits_are_not_read(translator: Translator) -> str:
    return translator.t_html("I do not read changes to messages. Please send it as a new message.")
