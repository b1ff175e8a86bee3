//! The servers that the program imitates for tests and rehearsals. They are stand-ins and say so.
