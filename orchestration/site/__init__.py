"""The static page: reads one published marts file, writes one folder."""
