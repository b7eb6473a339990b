"""What this sender passes on."""

from ringfence.declarations import Category, Flow, Medium, Purpose, Role, Source

__all__ = ["ANNOUNCEMENT_BY_MAIL", "ANSWER_BY_MAIL", "NOTICE_BY_MAIL", "STAFF_BY_MAIL"]

ANSWER_BY_MAIL = Flow(
    name="mail.answer",
    medium=Medium.MAIL,
    carries=(Category.CONTACT_DETAIL, Category.NAME, Category.CORRESPONDENCE, Category.RIGHTS_REQUEST),
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.PROVIDER,
    to=Role.MAIL_SERVICE,
    says="Answers and questions about a request go to the person's mail address by the provider's mail service.",
    rests="With the mail service, until it has delivered the mail; with us not at all.",
)

ANNOUNCEMENT_BY_MAIL = Flow(
    name="mail.announcement",
    medium=Medium.MAIL,
    carries=(Category.CONTACT_DETAIL, Category.ANNOUNCEMENT),
    purpose=Purpose.ANNOUNCE,
    source=Source.PROVIDER,
    to=Role.MAIL_SERVICE,
    says="That terms or notices will change goes to the person's mail address by the provider's mail service.",
    rests="With the mail service, until it has delivered the mail; with us not at all.",
)

STAFF_BY_MAIL = Flow(
    name="mail.staff",
    medium=Medium.MAIL,
    carries=(Category.STAFF_ACCOUNT,),
    purpose=Purpose.RUN_CONSOLE,
    source=Source.GENERATED,
    to=Role.MAIL_SERVICE,
    says="Reminders of deadlines go to members of staff by the provider's mail service; they name no subscriber.",
    rests="With the mail service, until it has delivered the mail; with us not at all.",
)

NOTICE_BY_MAIL = Flow(
    name="mail.recipient",
    medium=Medium.MAIL,
    carries=(),
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.GENERATED,
    to=Role.MAIL_SERVICE,
    says="Whoever received data is told by mail that it was corrected, erased or restricted; the mail names nobody.",
    rests="With the mail service, until it has delivered the mail; with us not at all.",
)
