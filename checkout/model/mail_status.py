"""What the provider has told of a mail: its words, and which of two stays."""

import re
from dataclasses import dataclass

# In the provider's words, the weakest first: whatever order they are told in, the strongest one stays.
MAIL_STATUSES = ("sent", "delivery_delayed", "delivered", "complained", "failed", "suppressed", "bounced")


DEAD = frozenset({"failed", "suppressed", "bounced"})
DELIVERED = "delivered"
REFUSED = "refused"  # beside the provider's words: it did not even take the mail
SAYS = "Resend: "  # what it says itself then is noted behind this


# Of the reasons why a mail that was taken is not sent, those that hold the address. Quotas, the domain, the account
# and what the provider has broken are the shop's to mend, and so is what has no known word.
_OF_THE_ADDRESS = ("recipient", "address")

# Of the words with which it refuses a mail, those that hold the address; where it names a field of the mail, it is that
# one: "to send emails to other recipients … change the `from` address".
_FIELD = re.compile(r"[`'\"](\w+)[`'\"]")
_OF_THE_RECIPIENT = re.compile(r"recipient|mailbox|address", re.IGNORECASE)

# Of a kind of file that no mail may carry, say.
_OF_ITS_FILES = "attachment"

# Nobody opens a mail that was not delivered.
_DELIVERED_TOO = frozenset({"opened", "clicked"})


@dataclass(frozen=True, slots=True)
class MailDeath:
    """Why a mail has not arrived: ``mail_status`` is one of DEAD or REFUSED, ``cause`` the provider's own word.

    ``reason`` is in words, without addresses.
    """

    mail_status: str
    cause: str = ""
    reason: str = ""

    @property
    def bounce(self) -> str:
        """What the provider calls the bounce. A general one that may pass says nothing of the mailbox: an automatic
        answer is taken for one, too."""
        type_, _, bounce = self.cause.rpartition("/")
        return "" if (type_, bounce) == ("Transient", "General") else bounce

    @property
    def is_the_shops(self) -> bool:
        """The provider sends it to no address, whether it has taken it or not: correcting that would help nobody."""
        if self.mail_status == REFUSED:
            return bool(self.reason) and not refuses_recipient(self.reason)
        return self.mail_status == "failed" and not any(word in self.cause.lower() for word in _OF_THE_ADDRESS)

    @property
    def keeps_others(self) -> bool:
        """What the shop has to mend keeps its other mails from leaving, too: not where this one was given up for want
        of an answer, nor for the files that it carries."""
        is_answered = self.mail_status != REFUSED or self.reason.startswith(SAYS)
        return self.is_the_shops and is_answered and _OF_ITS_FILES not in f"{self.cause} {self.reason}".lower()

    @property
    def noted(self) -> str:
        """As one line; where the mail was not taken at all, why it was not."""
        status = self.mail_status if self.mail_status in DEAD else ""
        return ": ".join(dict.fromkeys(part for part in (status, self.cause, self.reason) if part))


def refuses_recipient(words: str) -> bool:
    """Whether it is the address that the provider takes no mail for, by what it says."""
    fields = _FIELD.findall(words.lower())
    return "to" in fields if fields else _OF_THE_RECIPIENT.search(words) is not None


def stronger_status(known: str, told: str) -> str:
    """What is known of a mail after ``told``; a word that says nothing of its delivery changes nothing."""
    told = "delivered" if told in _DELIVERED_TOO else told
    return max(
        (known, told), key=lambda mail_status: MAIL_STATUSES.index(mail_status) if mail_status in MAIL_STATUSES else -1
    )
