"""What the platform allows and decides, one subject a file."""
