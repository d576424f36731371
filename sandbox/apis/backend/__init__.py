"""The payments API of a UK telecoms billing platform: what it knows, decides and shows.

It shows its own view. Money is moved by the provider alone: this API asks it to collect, and learns
by notices what became of that.
"""
