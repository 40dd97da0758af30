"""What if: scenarios, what they change, and which of them are kept."""
