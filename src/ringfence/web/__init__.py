"""The HTTP faces of Ringfence.

    apps, phones --/v1, /p------> web/api     ──> services (enrolment), ports that app joins
    browsers     --/------------> web/start   ──> ports that app joins
    subscribers  --/privacy-----> web/portal  ──> ports that app joins
    staff        --/console-----> web/console ──> ports that app joins
                                  web/look: the shell around all pages, forms, cookies
                                  problem.py: every refusal of the API, as RFC 9457 says
                                  language.py: in which language, as the reader's browser asks

Invariants: no personal data in URLs, logs or error texts; every refusal has a stable code and says what to do next;
plain HTTP is for loopback and declared proxies only; a cookie holds a random id and nothing else.

Refuses: third-party scripts, and bodies beyond a few kilobytes but for forms that carry letters and documents.
"""

__all__: list[str] = []
