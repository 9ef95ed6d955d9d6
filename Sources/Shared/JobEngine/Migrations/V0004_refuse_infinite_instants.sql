-- 'infinity' is no instant: a job due then never comes, and a claim whose deadline is infinite cannot be read by the
-- worker, which would fail the whole claim with its neighbours. "No deadline" is NULL.
ALTER TABLE relais.job
    ADD CONSTRAINT run_at_must_be_finite CHECK (isfinite(run_at)),
    ADD CONSTRAINT deadline_must_be_finite_or_null CHECK (isfinite(deadline));
