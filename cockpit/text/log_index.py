"""The index beside an output log: one entry for each read of the output, so that a line can be dated."""

import struct

ENTRY = struct.Struct("<QdI")
"""One index entry: offset in the log, Unix time, bytes."""
