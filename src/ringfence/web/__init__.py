"""The HTTP faces of Ringfence.

    apps, phones --/v1, /p--> web/api   ──> services (enrolment), ports that app joins
    browsers     --/-->       web/start ──> ports that app joins
                              problem.py: every refusal, as RFC 9457 says
                              language.py: in which language, as the reader's browser asks

Invariants: no personal data in URLs, logs or error texts; every refusal has a stable code and says what to do next;
plain HTTP is for loopback and declared proxies only.

Refuses: cookies, third-party scripts, bodies beyond a few kilobytes.
"""

__all__: list[str] = []
