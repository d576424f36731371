"""Whether a scenario does what it says: expectations, rehearsals, mutations."""
