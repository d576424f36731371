"""A payments back end that runs on your machine and remembers."""
