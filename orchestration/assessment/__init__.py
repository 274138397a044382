"""From published figures to the scorecard of an assessment: read, compare, freeze, sign off, revise."""
