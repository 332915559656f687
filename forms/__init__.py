"""What is asked: templates as data, the web forms built from them, the answers, what is missing."""
