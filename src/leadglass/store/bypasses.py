"""The bypasses that last, as one small file: readable while registrar and database are down. Never judges them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from leadglass.errors import IntegrityError, Place
from leadglass.model.bypass import ActiveBypass
from leadglass.store.durable import replace_file

MAX_FILE = 4 * 1024 * 1024  # bytes
_NAME = "bypasses.json"


class Kept(msgspec.Struct, frozen=True):
    """The file's content.

    Attributes:
        bypasses: by route.
        number: the highest generation number given while the application state gave none; 0 for none.
    """

    bypasses: tuple[ActiveBypass, ...] = ()
    number: int = 0


_decoder = msgspec.json.Decoder(Kept)


def read(directory: Path) -> Kept:
    """What is kept in ``directory`` (``<data>/accepted``); nothing where there is no file.

    Raises:
        IntegrityError: the file is damaged.
    """
    path = directory / _NAME
    try:
        with path.open("rb") as file:
            return _decoder.decode(file.read(MAX_FILE))
    except FileNotFoundError:
        return Kept()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IntegrityError(
            f"not readable: {error}", "remove it; no route is then bypassed", Place(str(path))
        ) from None


def write(directory: Path, kept: Kept) -> None:
    """Replace the file, durably.

    Raises:
        OSError: it cannot be written.
    """
    replace_file(directory / _NAME, msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n", 0o600)
