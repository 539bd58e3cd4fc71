"""A HEIC of four tiles, as telephones write them, from one of a single picture."""

import struct


def boxes(content, position=0):
    """The boxes of a box's content, from a position on: types and contents."""
    while position < len(content):
        size = int.from_bytes(content[position:position + 4], "big")
        yield content[position + 4:position + 8], content[position + 8:position + size]
        position += size


def box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


def full(kind, version, flags, content):
    """A box with a version and flags."""
    return box(kind, bytes([version]) + flags.to_bytes(3, "big") + content)


def tiles(file, cut=8):
    """
    Two rows of two tiles, each the picture of `file`, of which the last columns and rows are cut off
    (ISO/IEC 23008-12, 6.6.2.3): items 1 to 4 share its bytes, and item 5 is the grid.
    """
    top = dict(boxes(file))
    meta = dict(boxes(top[b"meta"], 4))
    properties = dict(boxes(dict(boxes(meta[b"iprp"]))[b"ipco"]))
    width, height = struct.unpack(">II", properties[b"ispe"][4:12])
    sizes = [(width, height), (2 * width - cut, 2 * height - cut)]
    grid = bytes([0, 0, 1, 1]) + struct.pack(">HH", *sizes[1])
    picture = top[b"mdat"]
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    items = [(number, b"hvc1", 1) for number in range(1, 5)] + [(5, b"grid", 0)]
    described = b"".join(
        full(b"infe", 2, hidden, struct.pack(">HH", number, 0) + kind + b"\0") for number, kind, hidden in items)
    shared = box(b"ipco", box(b"hvcC", properties[b"hvcC"])
                 + b"".join(full(b"ispe", 0, 0, struct.pack(">II", *size)) for size in sizes))
    owned = full(b"ipma", 0, 0, struct.pack(">I", 5)
                 + b"".join(struct.pack(">HBBB", number, 2, 0x80 | 1, 2) for number in range(1, 5))
                 + struct.pack(">HBB", 5, 1, 3))

    def described_from(offset):
        places = b"".join(struct.pack(">HHHHII", number, 0, 0, 1, offset, len(picture)) for number in range(1, 5))
        places += struct.pack(">HHHHII", 5, 1, 0, 1, 0, len(grid))
        return full(b"meta", 0, 0, b"".join([
            full(b"hdlr", 0, 0, b"\0\0\0\0pict" + bytes(13)), full(b"pitm", 0, 0, struct.pack(">H", 5)),
            full(b"iinf", 0, 0, struct.pack(">H", 5) + described),
            full(b"iref", 0, 0, box(b"dimg", struct.pack(">HH4H", 5, 4, 1, 2, 3, 4))), box(b"iprp", shared + owned),
            box(b"idat", grid), full(b"iloc", 1, 0, b"\x44\0" + struct.pack(">H", 5) + places)]))

    offset = len(head) + len(described_from(0)) + 8
    return head + described_from(offset) + box(b"mdat", picture)
