-- What a kept file was asked for, as granted: by which kind and with which arguments. With it the file can be sent once
-- more while it lives. Null for files of before.
ALTER TABLE delivery.file
    ADD COLUMN kind text,
    ADD COLUMN arguments jsonb,
    ADD CHECK ((kind IS NULL) = (arguments IS NULL));

-- Whoever waits for an export that will not come is told so: a notice is enqueued in the transaction that ends the job
-- dead or cancelled, whichever of the many ways it ends (attempts used up, a crash loop, an operator). A handler that
-- gives up by itself sends its own mail and ends obsolete. One notice a job: an operator who discards a dead export, or
-- replays it in vain, causes no second one.
CREATE FUNCTION delivery.tell_of_ended_export() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    notice CONSTANT text := 'export.not-prepared-notice';
    account bigint;
BEGIN
    -- Arguments that no worker could read are one reason to end dead; the end must not fail for them.
    IF NEW.arguments ->> 'requested_by' ~ '^[1-9][0-9]{0,17}$' THEN
        account := (NEW.arguments ->> 'requested_by')::bigint;
    END IF;
    -- A kind that is not registered yet would make the end of the job fail.
    IF account IS NULL OR NOT EXISTS (SELECT FROM relais.kind k WHERE k.name = notice) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM relais.job j WHERE j.subject = account AND j.kind = notice
            AND j.arguments ->> 'export_id' = NEW.id::text)
        AND NOT EXISTS (SELECT FROM relais.job_finished f WHERE f.subject = account AND f.kind = notice
            AND f.arguments ->> 'export_id' = NEW.id::text)
    THEN
        PERFORM relais.enqueue(notice, jsonb_build_object('export_id', NEW.id), subject => account,
            traceparent => NEW.traceparent);
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION delivery.tell_of_ended_export() FROM PUBLIC;

-- The conditions are looked at before the function is called: other jobs' ends cost a comparison.
CREATE TRIGGER tell_of_dead_export AFTER INSERT ON relais.job_dead FOR EACH ROW
    WHEN (NEW.kind IN ('export.offers', 'export.offer-statistics', 'export.schools', 'export.associations'))
    EXECUTE FUNCTION delivery.tell_of_ended_export();
CREATE TRIGGER tell_of_cancelled_export AFTER INSERT ON relais.job_ended FOR EACH ROW
    WHEN (NEW.state = 'cancelled'
        AND NEW.kind IN ('export.offers', 'export.offer-statistics', 'export.schools', 'export.associations'))
    EXECUTE FUNCTION delivery.tell_of_ended_export();
