"""Activities: what is done with data, as a reader would tell it apart. Roles are per activity (law: EDPB 07/2020)."""

from enum import StrEnum
from typing import Final

from ringfence.declarations import Purpose

__all__ = ["ACTIVITY_OF", "Activity"]


class Activity(StrEnum):
    """For each of them somebody is the controller, and others are its processors or controllers of their own."""

    SERVICE = "service"
    RIGHTS = "rights"
    BILLING = "billing"
    STAFF = "staff"
    SECURITY = "security"
    FEATURES = "features"
    USAGE = "usage"
    TROUBLESHOOTING = "troubleshooting"
    MARKETING = "marketing"


ACTIVITY_OF: Final = {
    Purpose.ENROL: Activity.SERVICE,
    Purpose.KEEP_REGISTERED: Activity.SERVICE,
    Purpose.AUTHENTICATE_DEVICE: Activity.SERVICE,
    Purpose.WAKE_DEVICE: Activity.SERVICE,
    Purpose.DELIVER_CALL: Activity.SERVICE,
    Purpose.SHOW_MISSED: Activity.SERVICE,
    Purpose.END_OF_LIFE: Activity.SERVICE,
    Purpose.PROVE_AGREEMENT: Activity.SERVICE,
    Purpose.ANNOUNCE: Activity.SERVICE,
    Purpose.SIGN_IN: Activity.RIGHTS,
    Purpose.ANSWER_RIGHTS: Activity.RIGHTS,
    Purpose.ACCOUNT_FOR_DISCLOSURE: Activity.RIGHTS,
    Purpose.PROVE_IDENTITY: Activity.RIGHTS,
    Purpose.ACCOUNT_FOR_LOOKS: Activity.RIGHTS,
    Purpose.OBEY_HOLD: Activity.RIGHTS,
    Purpose.KEEP_ACCOUNTS: Activity.BILLING,
    Purpose.RUN_CONSOLE: Activity.STAFF,
    Purpose.SECURE: Activity.SECURITY,
    Purpose.SYNC_CONTACTS: Activity.FEATURES,
    Purpose.USE_LOCATION: Activity.FEATURES,
    Purpose.SEND_MEDIA: Activity.FEATURES,
    Purpose.SHOW_CALENDAR: Activity.FEATURES,
    Purpose.COUNT_USAGE: Activity.USAGE,
    Purpose.TROUBLESHOOT: Activity.TROUBLESHOOTING,
    Purpose.MARKETING: Activity.MARKETING,
}
"""Each purpose belongs to one activity; a test says which has none."""
