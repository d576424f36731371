"""What every sandbox needs. It knows no API, no provider and no HTTP."""
