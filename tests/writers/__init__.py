"""Writers of recordings with known content, independent of the readers they serve to test."""
