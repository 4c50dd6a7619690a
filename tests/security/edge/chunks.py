"""The chunked coding of a body (RFC 9112 §7.1), and now and then something like it."""

_TRAILERS = [
    b"X: trailer",
    b"X-Forwarded-For: trailer",
    b"Authorization: trailer",
    b"Connection: close",
    b"Host: trailer",
]

_ODD_TRAILERS = [
    b"Content-Length: 5",
    b"Transfer-Encoding: gzip",
    b"Upgrade: h2c",
    b"no colon",
    b": trailer",
    b"A : trailer",
]


def encoded(chance, body):
    size = chance.choice([1 if len(body) < 200 else 700, 5, 4096]) if len(body) < 2000 else 3000
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = [b"%b%b%b%b" % (_size(chance, len(part)), _end(chance), part, _end(chance)) for part in parts]
    return b"".join(chunks) + _size(chance, 0) + b"\r\n" + _trailers(chance)


def _size(chance, size):
    match chance.randrange(60):
        case 0:
            return b"%X;ext=1" % size
        case 1:
            return b'%x;ext="a;b"' % size
        case 2:
            return b"000%x" % size
        case 3:
            return (
                chance.choice(
                    [
                        b"%x ",
                        b"0x%x",
                        b"+%x",
                        b"-%x",
                        b" %x",
                        b"%x\t",
                        b"%x;\n",
                        b"%x;a\rb",
                        b"%xg",
                        b"%x;",
                        b"f" * 17 + b"%x",
                    ]
                )
                % size
            )
    return b"%x" % size


def _end(chance):
    return chance.choice([b"\n", b"\r", b"\r\r\n", b"", b" \r\n"]) if chance.random() < 0.008 else b"\r\n"


def _trailers(chance):
    if chance.random() < 0.6:
        return b"\r\n"
    names = _TRAILERS if chance.random() < 0.7 else _ODD_TRAILERS
    return b"\r\n".join(chance.choices(names, k=chance.choice([1, 2, 30]))) + b"\r\n\r\n"
