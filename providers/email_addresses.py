"""E-mail addresses as customers type them."""

import re

import email_validator

from checkout.errors import InvalidEmail

# Nobody's address is longer, and a longer text is no address (RFC 5321, 4.5.3.1).
LONGEST = 254
# As mail programs copy it: "Anna Smith" <anna@example.com>
WITH_NAME = re.compile(r"[^<>@]*<([^<>]+)>[\s,;.]*")


def normalised_email(typed: str) -> str:
    """The address in lower case, its domain in ASCII, without what stands around it where it is copied from a text.
    Raises InvalidEmail.

    No DNS is asked: a name server that does not answer must not cost a sale, and the code proves the mailbox.
    """
    text = typed.strip()
    if written := WITH_NAME.fullmatch(text):
        text = written[1]
    text = text.strip("<>()[] ").removeprefix("mailto:").rstrip(".,;:!")
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
