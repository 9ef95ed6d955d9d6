-- Jobs of dead processes that wait for their next claim: few, and looked for once a second by every worker, which takes
-- them before what is in the broker. An index of its own, because a job that crashed stands anywhere among the others.
CREATE INDEX job_rescued ON relais.job (queue, run_at, id) WHERE crashes > 0 AND state IN ('pending', 'dispatched');
