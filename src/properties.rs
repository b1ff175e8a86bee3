//! Java .properties files, read as Java reads them and edited in place with every other byte kept.
