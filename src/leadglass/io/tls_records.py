"""Decrypts what was received where it lies. Nothing else reaches behind pyOpenSSL's public interface.

`bio_write` copies what arrives into memory that OpenSSL keeps for each connection, `recv_into` allocates and copies
each record: a third of the CPU a GB costs to decrypt. Here OpenSSL reads from the buffer itself, through a BIO that
lasts one call.
"""

from __future__ import annotations

from cryptography.hazmat.bindings.openssl.binding import Binding
from OpenSSL import SSL

_ffi, _lib = Binding.ffi, Binding().lib
_from_buffer, _read, _error = _ffi.from_buffer, _lib.SSL_read, _lib.SSL_get_error
_new_bio, _set_end, _set_bio = _lib.BIO_new_mem_buf, _lib.BIO_set_mem_eof_return, _lib.SSL_set_bio
_WANT_READ = _lib.SSL_ERROR_WANT_READ
_AGAIN = -1  # what such a BIO says at its end: more may come

OVERHANG = 17_408  # bytes of plaintext that a record begun before may add (RFC 8446 5.2), rounded up

Decrypted = tuple[int, SSL.Error | None]


def decrypt(connection: SSL.Connection, view: memoryview, size: int) -> Decrypted:
    """Decrypt ``size`` bytes that stand in ``view`` at `OVERHANG`, to its beginning: plaintext never overtakes them.

    The bytes are used up when this returns. ``connection`` takes none by `bio_write` any more.

    Returns:
        How many bytes, and why no more will come; None as long as more may.
    """
    ssl, into = connection._ssl, _from_buffer(view)
    bio = _new_bio(into + OVERHANG, size)
    _set_end(bio, _AGAIN)
    connection._into_ssl = None  # the BIO before is freed with this
    _set_bio(ssl, bio, connection._from_ssl)
    return _records(connection, into, len(view))


def leftover(connection: SSL.Connection, view: memoryview) -> Decrypted:
    """The same with what came together with the end of the handshake."""
    return _records(connection, _from_buffer(view), len(view))


def _records(connection: SSL.Connection, into: object, room: int) -> Decrypted:
    ssl = connection._ssl
    got = 0
    while (size := _read(ssl, into + got, room - got)) > 0:  # type: ignore[operator]  # a pointer of cffi
        got += size
    if _error(ssl, size) == _WANT_READ:
        return got, None
    try:
        connection._raise_ssl_error(ssl, size)
    except SSL.Error as error:
        return got, error
    return got, SSL.Error("nothing could be read")
