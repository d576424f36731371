"""Reprocess: Elevate's view is brought in line with the provider's truth, no more (D23)."""

from sandbox.apis.elevate.rules import providers
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import notices


def settle(sandbox: Sandbox, provider: int | None) -> None:
    """Hear now of every event whose notice is late, lost or held: of one provider, or of all."""
    if provider is not None:
        providers.named(sandbox, provider, "paymentProviderId")
    news = notices.settle(sandbox, "elevate", provider)
    sandbox.notes.append(f"{len(news)} events were news: {', '.join(e.name for e in news)}")
