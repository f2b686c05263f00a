"""What is said about the question that a conversation waits with."""

from bot.dialogue import Dialogue
from messages.language.translator import Translator


def reminder(translator: Translator, dialogue: Dialogue) -> str:
    """What is still awaited, said under the answer to something else; empty when nothing is."""
    if dialogue.waits_for_code:
        return translator.t_html(
            "I am still waiting for the code that was mailed to <b>{email}</b>.", email=dialogue.sent_to
        )
    if dialogue.waits_for_email:
        return translator.t_html("I am still waiting for your e-mail address.")
    if dialogue.waits_for_amount:
        return translator.t_html("I am still waiting for the amount to give back; /cancel leaves it.")
    return ""
