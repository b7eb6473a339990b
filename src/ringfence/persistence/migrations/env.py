"""Run by Alembic: migrates over the connection that `migrate()` holds, inside its transaction."""

from alembic import context

from ringfence.persistence.migrations import CONNECTION

__all__: list[str] = []

if hasattr(context, "config"):  # imported by anything else than Alembic, it does nothing
    context.configure(connection=context.config.attributes[CONNECTION], render_as_batch=True)
    context.run_migrations()
