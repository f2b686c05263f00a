"""What the commands say is made in English, and said in the language of whoever reads it."""

from checkout.sentence import joined, plural, t
from messages.language.i18n import texts

RUSSIAN = texts("commands", "ru")


def test_a_sentence_is_said_with_the_sentences_in_it() -> None:
    wrong = t("Resend's webhook: {wrong}", wrong=[t("it is disabled"), t("missing: {names}", names="email.bounced")])
    assert str(wrong) == "Resend's webhook: it is disabled; missing: email.bounced"
    assert wrong.said(RUSSIAN) == "Вебхук Resend: он отключён; не хватает: email.bounced"


def test_a_number_has_its_form() -> None:
    hours = [plural("{n} hour", "{n} hours", n) for n in (1, 3, 5, 21)]
    assert [str(one) for one in hours] == ["1 hour", "3 hours", "5 hours", "21 hours"]
    assert [one.said(RUSSIAN) for one in hours] == ["1 час", "3 часа", "5 часов", "21 час"]


def test_what_others_say_stays_as_it_is_braces_too() -> None:
    words = t("STRIPE_SECRET_KEY: {words}", words="No such {key}")
    assert (str(words), words.said(RUSSIAN)) == ("STRIPE_SECRET_KEY: No such {key}",) * 2


def test_nothing_is_said_of_nothing() -> None:
    assert [joined("\n", []).said(one) for one in (texts("commands", "en"), RUSSIAN)] == ["", ""]
