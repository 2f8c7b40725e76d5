"""The record itself: its stalls, its clock, its exports."""
