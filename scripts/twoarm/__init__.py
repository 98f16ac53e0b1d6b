"""The statistics and file formats that several stages share."""
