"""What signing in holds without writing it."""

from ringfence.declarations import Category, Flow, Medium, Purpose, Role, Source

__all__ = ["SESSION_IN_MEMORY"]

SESSION_IN_MEMORY = Flow(
    name="access.session",
    medium=Medium.MEMORY,
    carries=(Category.ACTIVITY, Category.NETWORK_ADDRESS),
    purpose=Purpose.SIGN_IN,
    source=Source.GENERATED,
    to=Role.OPERATOR,
    says="While somebody is signed in, that they are is held in memory; of failed tries, where they came from.",
    rests="Until they sign out, after thirty silent minutes, or after eight hours; failed tries, a day. Never written.",
)
