"""The scenario language: a file read, checked, and made a value. It runs nothing."""
