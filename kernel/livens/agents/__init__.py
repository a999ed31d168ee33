"""Variables for programs that read text: answers that are short, dated, and fenced as data."""
