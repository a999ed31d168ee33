"""What can be known of a value without running its code: previews, children, contents, tables."""
