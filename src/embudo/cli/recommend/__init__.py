"""embudo recommend: from a table of ratings to what people may like, one file a verb."""
