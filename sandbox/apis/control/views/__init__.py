"""The engine's, the provider's and the scenario's values as this API writes them."""
