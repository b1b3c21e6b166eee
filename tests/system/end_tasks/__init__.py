"""Tasks with a head whose right answers are known, trained and judged through the program."""
