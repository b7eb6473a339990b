"""What all pages share: the shell around them, how they look, and how forms and sessions are kept safe.

    start, portal, console ──Shell.page(request, template, ...)──> look/page.html (skip link, head, languages, officer)
                           ──parts.html──> fields, tables, tags, clocks, empty states
                           ──read_form, Csrf, SessionCookie──> what browsers send back
    browser ──GET /style/──> tokens.css, look.css

A face holds `templates/`, `catalogue/<language>.toml` and, if need be, `static/`; README.md shows one.

Invariants
- The privacy officer's contact stands on every page, error pages too.
- Nothing from elsewhere and nothing inline; forms go only to ourselves, and only on pages that have one.
- Texts are escaped; no template marks anything as safe.
- A cookie holds a random id and nothing else; addresses of pages hold nothing personal.
- Every page works without a script.

Refuses forms that another site sent or that lie open for too long, bodies that are no form, files that are neither PDF
nor picture, and texts without a key in every language.
"""

from ringfence.web.look.csrf import FIELD, Csrf, ForeignForm, FormTooOld
from ringfence.web.look.form import BadForm, Document, Form, FormLimits, read_form
from ringfence.web.look.headers import HEADERS
from ringfence.web.look.imprint import Imprint
from ringfence.web.look.session import SessionCookie
from ringfence.web.look.shell import Handler, Shell
from ringfence.web.look.static_files import look_files, own_files
from ringfence.web.look.words import Words, catalogues

__all__ = [
    "FIELD",
    "HEADERS",
    "BadForm",
    "Csrf",
    "Document",
    "ForeignForm",
    "Form",
    "FormLimits",
    "FormTooOld",
    "Handler",
    "Imprint",
    "SessionCookie",
    "Shell",
    "Words",
    "catalogues",
    "look_files",
    "own_files",
    "read_form",
]
