"""What a fresh clone needs to run by itself: database, broker, their keeper, keys, catalogs, Pango.

Real servers never come here: they are given by `DATABASE_URL`, `REDIS_URL` and their siblings.
"""
