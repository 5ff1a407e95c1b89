"""Events in the terms of DICOM PS3.15 A.5. Pure."""
