"""Identity from the head of a DICOM data set (PS3.5). Never touches pixel data, never guesses."""

from __future__ import annotations

from leadglass.wire.dataset.finding import Finding
from leadglass.wire.dataset.head import HeadReader, read_head

__all__ = ["Finding", "HeadReader", "read_head"]
