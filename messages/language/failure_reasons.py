"""Why something has not arrived: noted in English and in the services' own words, told to people in theirs."""

from collections.abc import Mapping

from checkout.model.customer import mask_addresses
from checkout.model.mail_status import DEAD, MailDeath
from messages.language.i18n import N_, texts

# By a part of what is noted with a message that did not leave. A chat may be a customer's or an admin's.
_WORDS: Mapping[str, str] = {
    "has blocked the bot": N_("the bot is blocked in this chat"),
    "not pressed Start": N_("Start was not pressed in this chat"),
    "no such chat": N_("there is no such chat any more"),
    "Telegram does not know BOT_TOKEN": N_("Telegram did not know the bot's token"),
    "Telegram cannot be reached": N_("Telegram could not be reached"),
    "Telegram asks to wait": N_("Telegram asked to wait"),
    "Telegram's answer cannot be read": N_("Telegram's answer could not be read"),
    "larger than Telegram takes": N_("the file is larger than Telegram takes"),
    "not get through to Telegram": N_("the file did not get through to Telegram"),
    "put into Telegram's form": N_("the message could not be put into a form that Telegram takes"),
    "Resend is still down": N_("Resend could not be reached"),
    "Resend cannot be reached": N_("Resend could not be reached"),
    "Resend took another mail": N_("Resend took another mail under the same key before"),
    "at work on this very mail": N_("Resend is still at work on this very mail"),
    "larger than Resend takes": N_("the mail is larger than Resend takes"),
    "not get through to Resend": N_("the mail did not get through to Resend"),
    "Stripe is still down": N_("Stripe could not be reached"),
    "Stripe cannot be reached": N_("Stripe could not be reached"),
    "Stripe's answer cannot be read": N_("Stripe's answer could not be read"),
    "has not answered in time": N_("the service took too long to answer"),
    "waits for the probe": N_("the service is down; it goes out when the service is back"),
    "not delivered in time": N_("the service took too long to answer"),
    "older copy of the database": N_("it waited in a backup; whether it has left since, nobody knows"),
    "is gone": N_("its payment is not in the database"),
    "is not told of a payment": N_("this version of the program does not know such messages"),
    "is not about the shop": N_("this version of the program does not know such messages"),
}
_NO_MAILBOX = N_("There is no such mailbox, or it takes no mail.")
_TOO_MUCH = N_("The mail server there did not take the mail with its attachments.")
_SUPPRESSED = N_("Earlier mails there came back or were marked as spam, so nothing is sent there any more.")
_REFUSED, _NOT_SENT = N_("The mail server there refused the mail."), N_("The mail could not be sent.")
# By the provider's word for it, the second one of a bounce.
_BOUNCES: Mapping[str, str] = {
    "General": _NO_MAILBOX,
    "NoEmail": _NO_MAILBOX,
    "MailboxFull": N_("The mailbox is full."),
    "MessageTooLarge": _TOO_MUCH,
    "ContentRejected": _TOO_MUCH,
    "AttachmentRejected": _TOO_MUCH,
    "MessageRejected": _TOO_MUCH,
}


def explain_death(death: MailDeath, language: str) -> str:
    """One sentence, never in a service's own words. An unknown cause (Resend's type and subtype) is a plain refusal."""
    return texts("mail", language).gettext(_sentence(death))


def explain_failure(noted: str, language: str) -> str:
    """For an admin, as part of a sentence. What is not known here stays as it was noted, without addresses."""
    status, _, detail = noted.partition(": ")
    if status in DEAD:
        return _explain_noted_death(MailDeath(status, detail.partition(": ")[0]), mask_addresses(detail), language)
    known = next((words for part, words in _WORDS.items() if part in noted), "")
    if known:
        return texts("mail", language).gettext(known)
    return mask_addresses(noted).replace("Telegram refuses: ", "Telegram: ")  # its own words, as the others' are


def _explain_noted_death(death: MailDeath, detail: str, language: str) -> str:
    sentence = explain_death(death, language)
    told = sentence[0].lower() + sentence[1:].rstrip(".")
    return f"{told}: {detail}" if detail and _sentence(death) in (_REFUSED, _NOT_SENT) else told


def _sentence(death: MailDeath) -> str:
    if death.mail_status == "suppressed" or "suppress" in death.cause.lower():
        return _SUPPRESSED
    if death.mail_status != "bounced":
        return _NOT_SENT
    return _BOUNCES.get(death.bounce, _REFUSED)
