"""One file a measure: what is loaded how, and the rows it yields. Never judges by other than `bench.rows`."""
