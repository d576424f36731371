"""HTTP begins and ends here.

Connexion has a test client, Flask applications, templates and clients for documents elsewhere,
uvicorn a reloader and a way for WSGI. With all that they load in turn, those would be a fifth of a
start and 15 MB.
"""

from sandbox.sparing import put_off

with put_off(
    "a2wsgi",
    "connexion.apps.flask",
    "connexion.frameworks.flask",
    "httpx",
    "jinja2",
    "requests",
    "starlette.templating",
    "starlette.testclient",
    "uvicorn.supervisors",
    "werkzeug.serving",
    "werkzeug.test",
):
    import connexion  # noqa: F401  before any module of this package does
    import uvicorn  # noqa: F401  as above
