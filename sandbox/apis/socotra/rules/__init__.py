"""What this API allows and decides: one file a subject."""
