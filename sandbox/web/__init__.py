"""HTTP begins and ends here. Whatever needs Connexion finds it imported sparingly."""

from sandbox.web.sparing import UNUSED, put_off

with put_off(*UNUSED):
    import connexion  # noqa: F401  before any module of this package does
