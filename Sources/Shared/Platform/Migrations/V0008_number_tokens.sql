-- Which of two messages is the later one is told by the order in which their rows came, and by no clock: the time in
-- the id of a job lies ahead of every newer one once a server's clock was set back, and then nobody got a mail until
-- the clock had caught up. A row keeps its number when its job is tried again.
ALTER TABLE delivery.token ADD COLUMN number bigint;
-- Of the rows there are, ids tell the order as well as anything.
UPDATE delivery.token t SET number = n.number
FROM (SELECT job, row_number() OVER (ORDER BY job) AS number FROM delivery.token) AS n WHERE n.job = t.job;
ALTER TABLE delivery.token ALTER COLUMN number SET NOT NULL;
ALTER TABLE delivery.token ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY;
-- Of no row there is no greatest number, and the sequence stays at its start.
SELECT setval(pg_get_serial_sequence('delivery.token', 'number'), max(number)) FROM delivery.token;
