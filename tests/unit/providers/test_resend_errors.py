"""What each refusal of Resend means for the mail: once more, later, or never."""

import pytest
from resend.exceptions import ResendError

from checkout.errors import AskedToWait, KeyTaken, RecipientUnreachable, ServiceRefused, ServiceUnavailable
from providers.resend_mail import translated


@pytest.mark.parametrize(
    ("status", "kind", "meaning"),
    [
        (400, "validation_error", ServiceRefused),
        (400, "invalid_idempotency_key", ServiceRefused),
        (401, "missing_api_key", ServiceUnavailable),
        (403, "invalid_api_key", ServiceUnavailable),
        (403, "validation_error", ServiceUnavailable),
        (404, "not_found", ServiceUnavailable),
        (405, "method_not_allowed", ServiceUnavailable),
        (408, "validation_error", AskedToWait),
        (409, "invalid_idempotent_request", KeyTaken),
        (409, "concurrent_idempotent_requests", AskedToWait),
        (409, "validation_error", AskedToWait),
        (413, "validation_error", ServiceRefused),
        (413, "application_error", ServiceRefused),
        (422, "validation_error", ServiceRefused),
        (422, "missing_required_field", ServiceRefused),
        (422, "invalid_attachment", ServiceRefused),
        (422, "invalid_parameter", ServiceRefused),
        (422, "invalid_from_address", ServiceUnavailable),
        (422, "invalid_access", ServiceRefused),
        (425, "validation_error", AskedToWait),
        (429, "rate_limit_exceeded", AskedToWait),
        (429, "daily_quota_exceeded", AskedToWait),
        (429, "monthly_quota_exceeded", AskedToWait),
        (451, "security_error", ServiceRefused),
        (500, "internal_server_error", ServiceUnavailable),
        (503, "application_error", ServiceUnavailable),
    ],
)
def test_what_becomes_of_the_mail(status: int, kind: str, meaning: type[Exception]) -> None:
    error = translated(ResendError(code=status, error_type=kind, message="no", suggested_action=""))
    assert type(error) is meaning


@pytest.mark.parametrize(
    ("status", "said", "meaning"),
    [
        (400, "API key is invalid", ServiceUnavailable),
        (422, "Invalid `to` field. The email address needs to follow the `email@example.com` format.",
         RecipientUnreachable),
        (422, "Invalid `reply_to` field. The email address needs to follow the `email@example.com` format.",
         ServiceRefused),
    ],
)  # fmt: skip
def test_one_word_for_many_mistakes_is_told_apart_by_what_it_says(
    status: int, said: str, meaning: type[Exception]
) -> None:
    error = translated(ResendError(code=status, error_type="validation_error", message=said, suggested_action=""))
    assert type(error) is meaning
