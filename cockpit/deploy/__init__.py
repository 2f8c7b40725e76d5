"""The pure core: events, commands, state, decisions. No I/O, no clock, no asyncio, no Textual."""
