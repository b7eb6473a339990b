"""Why a text message did not go. No error names a number."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = ["SmsNotSent", "SmsTemplateUnusable"]


class SmsNotSent(PeerFault):
    """The gateway did not take it (`status`), or it was for no possible number (`status` 0)."""

    code = "sms_not_sent"
    http_status = 502


class SmsTemplateUnusable(OperatorFault):
    """The template of the configuration is no JSON object, or lacks `{number}` or `{text}`."""

    code = "sms_template_unusable"
