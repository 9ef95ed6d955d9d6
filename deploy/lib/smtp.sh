# shellcheck shell=bash
# Sourced by deploy/stack: the mail server of the demo and the tests; it delivers into a directory.

smtp_launch() {
    mkdir -p "$stack/mails"
    # Tests and the demo write the rules (deploy/smtp-server says how); it reads them again by itself.
    [[ -f $stack/smtp-rules.json ]] || echo '{"rules": []}' >"$stack/smtp-rules.json"
    : >"$stack/smtp.log" # emptied, as its `ready` line tells that the server is up
    launch smtp "$checkout/deploy/smtp-server" --port "$smtp_port" --directory "$stack/mails" \
        --log "$stack/smtp-events.log" --rules "$stack/smtp-rules.json"
}

smtp_await() { await_ready smtp 60 grep -q '^ready ' "$stack/smtp.log"; }
smtp_stop() { terminate smtp TERM 10; }
smtp_kill() { kill_now smtp; }
