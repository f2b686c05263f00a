"""The kinds of messages in the outbox, and the troubles that two of them tell of: the words that are stored."""

from enum import StrEnum


class Kind(StrEnum):
    """The word under which a content is stored, counted and tagged; with ``admin_`` it goes to an admin's chat."""

    PAY_MESSAGE = "pay_message"
    PAYMENT_PAID = "payment_paid"
    PAYMENT_FILE = "payment_file"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REFUNDED = "payment_refunded"
    MAIL_UNDELIVERED = "mail_undelivered"
    CODE_UNDELIVERED = "code_undelivered"
    ADMIN_REVIEW = "admin_review"
    ADMIN_PAID_TWICE = "admin_paid_twice"
    ADMIN_DISPUTE = "admin_dispute"
    ADMIN_FRAUD_WARNING = "admin_fraud_warning"
    ADMIN_UNREACHABLE = "admin_unreachable"
    ADMIN_REFUND_FAILED = "admin_refund_failed"
    ADMIN_REFUND_DONE = "admin_refund_done"
    ADMIN_FIRST_PAYMENT = "admin_first_payment"
    ADMIN_INVOICE_PAID = "admin_invoice_paid"
    ADMIN_SOLD = "admin_sold"
    ADMIN_TO_DO = "admin_to_do"
    ADMIN_NO_WEBHOOKS = "admin_no_webhooks"
    ADMIN_SERVICE_DOWN = "admin_service_down"
    ADMIN_SERVICE_BACK = "admin_service_back"
    ADMIN_PAYMENTS_REFUSED = "admin_payments_refused"
    ADMIN_PAYMENTS_TAKEN = "admin_payments_taken"
    ADMIN_TROUBLE_FOUND = "admin_trouble_found"
    ADMIN_TROUBLE_OVER = "admin_trouble_over"
    ADMIN_SUMMARY = "admin_summary"
    STRIPE_NOTE = "stripe_note"
    STRIPE_REFUND = "stripe_refund"


class Trouble(StrEnum):
    """What can become bad around a shop that runs: the word under which it is stored."""

    UPDATES = "updates"
    POLLER = "poller"
    ACCOUNT = "account"
    WEBHOOKS = "webhooks"
    WALLETS = "wallets"
    CLOCK = "clock"
    MAIL_DOMAIN = "mail_domain"
    MAIL_REPORTS = "mail_reports"
    ADDRESS = "address"
    PAGE = "page"
    METRICS = "metrics"
    DISK = "disk"
    BACKUP = "backup"
