"""Elevate's Payment and Refund API, 1.37 and 1.39: its view of what the provider does.

It asks the provider and hears of it by notices. What it shows is what it has heard.
"""
