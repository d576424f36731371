"""A scenario at work in a sandbox: bound, asked about events, its steps taken when due."""
