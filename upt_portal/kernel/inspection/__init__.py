"""What an uploaded file really is: read in a limited child process, so nothing here imports Django."""
