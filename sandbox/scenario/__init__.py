"""The scenario language: read, checked, and turned into what the provider does and when."""
