"""Inspection campaigns: a list of items that every grid concerned goes through by a day; off by default."""
