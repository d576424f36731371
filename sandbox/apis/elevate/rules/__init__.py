"""What Elevate allows and decides, one file a subject. Nothing here speaks HTTP."""
