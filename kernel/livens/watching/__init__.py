"""One namespace over time, for any number of subscribers. No Jupyter in here."""
