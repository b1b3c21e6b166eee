"""End tasks of the attention mechanisms: what each must learn, run through the program as a user runs it."""
