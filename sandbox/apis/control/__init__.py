"""The testers' API: clock, scenario, truth, history. It shows what the vendors' APIs do not.

Unlike them it may read the provider's truth. It never changes it but by the provider's own moves.
"""
