"""One module per kind of chart: what it looks like and what it is drawn from. The script puts data and looks together."""
