"""What the provider has told of a mail: its words, and which of two stays."""

from dataclasses import dataclass

# In the provider's words, the weakest first: whatever order they are told in, the strongest one stays.
MAIL_STATUSES = ("sent", "delivery_delayed", "delivered", "complained", "failed", "suppressed", "bounced")


DEAD = frozenset({"failed", "suppressed", "bounced"})
REFUSED = "refused"  # beside the provider's words: it did not even take the mail


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
    def noted(self) -> str:
        """As one line; where the mail was not taken at all, why it was not."""
        status = self.mail_status if self.mail_status in DEAD else ""
        return ": ".join(dict.fromkeys(part for part in (status, self.cause, self.reason) if part))


def stronger_status(known: str, told: str) -> str:
    """What is known of a mail after ``told``; a word that says nothing of its delivery changes nothing."""
    told = "delivered" if told in _DELIVERED_TOO else told
    return max(
        (known, told), key=lambda mail_status: MAIL_STATUSES.index(mail_status) if mail_status in MAIL_STATUSES else -1
    )
