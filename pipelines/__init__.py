"""One runnable file per job, read top to bottom as the story of that job."""
