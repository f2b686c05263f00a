"""E-mail addresses as customers type them."""

import re

import email_validator

from checkout.errors import InvalidEmail

# Nobody's address is longer, and a longer text is no address (RFC 5321, 4.5.3.1).
LONGEST = 254
# As mail programs copy it: "Anna Smith" <anna@example.com>
WITH_NAME = re.compile(r"[^<>@]*<([^<>]+)>[\s,;.]*")
# The only one in a sentence, where no word beside it can be a part of it: “smith anna@example.com” lacks a letter.
BEFORE = r"(?:[^@]*(?:[^@\sa-z0-9._%+-]|\bis)\s+|[^@]*\n\s*)?"
BEHIND = r"(?:[,;:!]\s[^@]*|\s+[^a-z0-9\s@][^@]*|\s*\n[^@]*)?"
IN_SENTENCE = re.compile(rf"""{BEFORE}[("«“]*([^\s@]+@[^\s@]+?)[)"»”.]*{BEHIND}""", re.IGNORECASE)
# On a Russian keyboard: letters that look like Latin ones; and what phones make of an apostrophe.
LOOKALIKES = str.maketrans("аеорсухкіјѕАВЕКМНОРСТУХІЈЅ’", "aeopcyxkijsABEKMHOPCTYXIJS'")


def normalised_email(typed: str) -> str:
    """The address in lower case, its domain in ASCII, without what stands around it where it is copied from a text.
    Raises InvalidEmail.

    No DNS is asked: a name server that does not answer must not cost a sale, and the code proves the mailbox.
    """
    text = typed.strip()
    for form in (WITH_NAME, IN_SENTENCE):
        if len(text) <= LONGEST and (written := form.fullmatch(text)):
            text = written[1]
    text = _in_latin(text.strip("<>()[] ").removeprefix("mailto:").rstrip(".,;:!"))
    if len(text) > LONGEST or any(ord(letter) < 32 for letter in text):
        raise InvalidEmail("this is not an e-mail address")
    try:
        checked = email_validator.validate_email(
            text, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False
        )
    except email_validator.EmailNotValidError as error:
        raise InvalidEmail(str(error)) from None
    address = checked.ascii_email
    if address is None:
        raise InvalidEmail("this address has letters that mail servers do not take")
    return address.lower()


def _in_latin(address: str) -> str:
    """A mailbox's name, and a word of the domain that has Latin letters, too, have Cyrillic ones by mistake alone."""
    name, at, domain = address.rpartition("@")
    words = (_latin(word) if any(map(str.isascii, word)) else word for word in domain.split("."))
    return f"{_latin(name)}{at}{'.'.join(words)}"


def _latin(word: str) -> str:
    meant = word.translate(LOOKALIKES)
    return meant if meant.isascii() else word
