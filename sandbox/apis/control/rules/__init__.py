"""What a tester may ask, and what is refused."""
