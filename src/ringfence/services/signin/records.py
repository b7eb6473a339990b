"""What signing in keeps and passes on."""

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Role, Source, personal

__all__ = ["PASSKEY_AT_PERSON", "PIN_BY_SIP", "PIN_BY_SMS", "PIN_IN_MEMORY", "Passkey"]


class Passkey(Record, table="passkey", number=98, keep=Keep.SIGN_IN):
    """A passkey that the person added after another proof; it opens this subject's data and no other."""

    credential: bytes = personal(1, Category.PASSKEY, Purpose.SIGN_IN, Source.DEVICE)
    public_key: bytes = personal(2, Category.PASSKEY, Purpose.SIGN_IN, Source.DEVICE)
    count: int = personal(3, Category.PASSKEY, Purpose.SIGN_IN, Source.DEVICE)
    name: str = personal(4, Category.PASSKEY, Purpose.SIGN_IN, Source.PERSON)


PIN_BY_SIP = Flow(
    name="signin.pin_by_sip",
    medium=Medium.SIP,
    carries=(Category.SIP_ADDRESS, Category.MESSAGE),
    purpose=Purpose.SIGN_IN,
    source=Source.GENERATED,
    to=Role.PBX,
    says="A one-time code goes to the person's own account as a SIP message by its PBX, when somebody asks to sign in.",
)

PIN_BY_SMS = Flow(
    name="signin.pin_by_sms",
    medium=Medium.SMS,
    carries=(Category.CONTACT_DETAIL, Category.MESSAGE),
    purpose=Purpose.SIGN_IN,
    source=Source.GENERATED,
    to=Role.SMS_SERVICE,
    says="A one-time code goes to the person's number as a text message, when somebody asks to sign in.",
)

PIN_IN_MEMORY = Flow(
    name="signin.pin",
    medium=Medium.MEMORY,
    carries=(Category.CONTACT_DETAIL, Category.ACTIVITY),
    purpose=Purpose.SIGN_IN,
    source=Source.PERSON,
    to=Role.OPERATOR,
    says="While a one-time code is valid, whose it is and a mark of the code are held in memory, not the code.",
    rests="Ten minutes; that a number asked for a code, as a mark that leads nowhere, for a day. Never written.",
)

PASSKEY_AT_PERSON = Flow(
    name="signin.passkey",
    medium=Medium.HTTP,
    carries=(Category.PASSKEY,),
    purpose=Purpose.SIGN_IN,
    source=Source.GENERATED,
    to=Role.PERSON,
    says="When the person adds a passkey, the authenticator learns a random id of theirs and this server's name.",
    rests="With the person: in their authenticator, until they delete it there.",
)
