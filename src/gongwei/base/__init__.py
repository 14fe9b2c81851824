"""The ground of everything stateful: ids, clock, audit trail, jobs, and the embedded database."""
