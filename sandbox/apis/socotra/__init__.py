"""Socotra's billing Payments API: its view of accounts, invoices and payments, and what it allows.

It books money on its own ledger and asks the provider to collect; whether that succeeds it learns
by notice. Policies, installments and products are not simulated.
"""
