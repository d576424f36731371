"""What people look at: the payer's pages, the documents, the console. They touch no state.

Everything they know and do goes through one function, `ask`, which web/ gives them.
"""
