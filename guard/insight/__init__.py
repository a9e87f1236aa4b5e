"""What the log adds up to over a period: the dashboard's figures, and its charts."""
