# shellcheck shell=bash
# Sourced by deploy/stack: PostgreSQL, superuser and database `relais`, trusted on loopback only.

postgres_directory=$stack/postgres
postgres_user=()

# PostgreSQL refuses to run as root; then the user of the Debian package runs it and owns the directory.
postgres_prepare_user() {
    postgres_programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
    [[ -n $postgres_programs ]] || die "no PostgreSQL under /usr/lib/postgresql: apt-get install postgresql"
    mkdir -p "$postgres_directory/run"
    ((EUID == 0)) || return 0
    chown -R postgres:postgres "$postgres_directory"
    postgres_user=(setpriv --reuid postgres --regid postgres --init-groups)
    # A checkout in a home directory closed to others: let it pass through the directories above its own.
    if ! "${postgres_user[@]}" test -x "$postgres_directory" 2>/dev/null; then
        postgres_user+=(--inh-caps +dac_read_search --ambient-caps +dac_read_search)
    fi
    return 0
}

postgres_initialise() {
    local new=$postgres_directory/data.new
    rm -rf "$new"
    local options=(-D "$new" -U relais -A trust -E UTF8 --locale C.UTF-8)
    [[ -z ${RELAIS_STACK_FAST:-} ]] || options+=(--no-sync)
    # Built beside its place and moved there whole: an interrupted start leaves nothing half made.
    {
        as_postgres "$postgres_programs/initdb" "${options[@]}"
        as_postgres "$postgres_programs/postgres" --single -D "$new" -c log_min_messages=warning postgres \
            <<<'CREATE DATABASE relais'
    } >>"$stack/postgres.log" 2>&1 || {
        tail -n 25 "$stack/postgres.log" >&2
        die "initdb failed; see $stack/postgres.log"
    }
    mv "$new" "$postgres_directory/data"
}

as_postgres() { (cd / && "${postgres_user[@]}" "$@"); }

postgres_configure() {
    local sockets=$postgres_directory/run fsync=on
    # A socket's path has at most 107 bytes; without one there is still TCP.
    ((${#sockets} <= 85)) || sockets=''
    # Only fsync goes: commits stay synchronous, so that killing the server loses what it would lose anyway.
    [[ -z ${RELAIS_STACK_FAST:-} ]] || fsync=off
    cat >"$postgres_directory/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = $postgres_port
ssl = on
unix_socket_directories = '$sockets'
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
fsync = $fsync
full_page_writes = $fsync
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
END
}

# It refuses a key that another user could read or owns.
postgres_show_certificate() {
    local owner=()
    ((EUID != 0)) || owner=(-o postgres -g postgres)
    install "${owner[@]}" -m 600 "$tls_directory/server.key" "$postgres_directory/data/server.key"
    install "${owner[@]}" -m 600 "$tls_directory/server.pem" "$postgres_directory/data/server.crt"
}

postgres_launch() {
    make_certificates
    postgres_prepare_user
    [[ -f $postgres_directory/data/PG_VERSION ]] || postgres_initialise
    postgres_configure
    postgres_show_certificate
    postgres_forget_dead
    (
        cd / # its user may not enter the caller's directory
        launch postgres "${postgres_user[@]}" "$postgres_programs/postgres" -D "$postgres_directory/data"
    )
}

# In a container whose first process is slow to collect the dead, a killed server stays visible as a zombie,
# and PostgreSQL takes the pid in its lock files for a running server.
postgres_forget_dead() {
    local pid
    read -r pid 2>/dev/null <"$postgres_directory/data/postmaster.pid" || return 0
    none_alive "$pid" || return 0
    rm -f "$postgres_directory/data/postmaster.pid" "$postgres_directory"/run/.s.PGSQL.*
}

postgres_await() {
    await_ready postgres 60 "$postgres_programs/pg_isready" -q -h 127.0.0.1 -p "$postgres_port" -U relais -d relais
}

# SIGINT is its fast shutdown: sessions are ended, a checkpoint is written.
postgres_stop() { terminate postgres INT 60; }
postgres_kill() { kill_now postgres; }
