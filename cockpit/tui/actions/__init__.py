"""The actions behind the keys, by what they are about."""
