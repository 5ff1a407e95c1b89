"""Ports and protocols as services of a model, by table. Never more than one service for a packet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leadglass.network.cell import OTHER
from leadglass.network.headers import WITH_PORTS
from leadglass.network.service import Service

_PORTS = 65_536
NONE = -1


class Services:
    """Finds the service of many packets at once.

    Attributes:
        names: by index; the last is `cell.OTHER`.
        one_way: by index, whether nothing answers.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        self.names = [*(one.id for one in services), OTHER]
        self.one_way = np.array([*(one.one_way for one in services), False])
        self._bare = np.full(256, NONE, np.int32)
        self._ported: dict[int, NDArray[np.int32]] = {}
        for index, service in reversed(list(enumerate(services))):  # the first that has it keeps it
            for first, last in service.protocol.spans:
                for protocol in range(first, last + 1):
                    self._add(index, protocol, service)

    def _add(self, index: int, protocol: int, service: Service) -> None:
        if protocol not in WITH_PORTS:
            self._bare[protocol] = index
            return
        table = self._ported.setdefault(protocol, np.full(_PORTS, NONE, np.int32))
        for first, last in service.port.spans:
            table[first : last + 1] = index

    def of(self, protocol: NDArray[np.uint8], port: NDArray[np.uint16]) -> NDArray[np.int32]:
        """Indexes into `names`."""
        found = self._bare[protocol]
        for number, table in self._ported.items():
            here = protocol == number
            found[here] = table[port[here]]
        return np.where(found == NONE, len(self.names) - 1, found).astype(np.int32)

    def rank(self, protocol: NDArray[np.uint8], port: NDArray[np.uint16]) -> NDArray[np.int8]:
        """How likely a port is the answering side's: a service of the model, a system's, a registered one, a client's.

        RFC 6335 6; systems give clients ports from 32768 upwards, or from 49152.
        """
        by_range = np.select([port < 1_024, port < 32_768], [2, 1], 0)
        known = self.of(protocol, port) != len(self.names) - 1
        return np.where(known, 3, by_range).astype(np.int8)
