# shellcheck shell=bash
# Sourced by deploy/stack: RabbitMQ with management and Prometheus, and an epmd of its own.

rabbitmq_directory=$stack/rabbitmq
rabbitmq_programs=/usr/lib/rabbitmq/bin # the wrappers in /usr/sbin insist on root and on the system's node

rabbitmq_environment() {
    export HOME=$rabbitmq_directory/home HOSTNAME=localhost LANG=C.UTF-8
    export ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP=$rabbitmq_directory/erl_crash.dump
    export RABBITMQ_NODENAME=$node RABBITMQ_DIST_PORT=$distribution_port RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
    export RABBITMQ_NODE_PORT=$amqp_port
    export RABBITMQ_MNESIA_BASE=$rabbitmq_directory RABBITMQ_MNESIA_DIR=$rabbitmq_directory/data
    export RABBITMQ_LOG_BASE=$rabbitmq_directory/log RABBITMQ_LOGS=- RABBITMQ_PID_FILE=$rabbitmq_directory/pid
    export RABBITMQ_FEATURE_FLAGS_FILE=$rabbitmq_directory/data/feature_flags
    export RABBITMQ_PLUGINS_EXPAND_DIR=$rabbitmq_directory/plugins
    export RABBITMQ_CONF_ENV_FILE=$rabbitmq_directory/environment RABBITMQ_CONFIG_FILE=$rabbitmq_directory/rabbitmq
    export RABBITMQ_ADVANCED_CONFIG_FILE=$rabbitmq_directory/advanced.config
    export RABBITMQ_ENABLED_PLUGINS_FILE=$rabbitmq_directory/enabled_plugins
    export RABBITMQ_CTL_DIST_PORT_MIN=$ctl_port RABBITMQ_CTL_DIST_PORT_MAX=$((ctl_port + 1))
    # Inter-node traffic and the command-line tools' own listeners would otherwise bind to every address.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
    export RABBITMQ_CTL_ERL_ARGS=$RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS
    # Makes the script replace itself by the Erlang machine, so that the pid we hold is the server's.
    export RUNNING_UNDER_SYSTEMD=true
}

# RabbitMQ's hash: base64 of a 4-byte salt and SHA-256 of salt and password.
rabbitmq_password_hash() {
    /usr/bin/python3 - "$password" <<'END'
import base64, hashlib, os, sys
salt = os.urandom(4)
print(base64.b64encode(salt + hashlib.sha256(salt + sys.argv[1].encode()).digest()).decode())
END
}

rabbitmq_configure() {
    mkdir -p "$rabbitmq_directory"/{home,log}
    : >"$rabbitmq_directory/environment"
    echo '[].' >"$rabbitmq_directory/advanced.config"
    echo '[rabbitmq_management,rabbitmq_prometheus].' >"$rabbitmq_directory/enabled_plugins"
    cat >"$rabbitmq_directory/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$amqp_port
listeners.ssl.1 = 127.0.0.1:$amqps_port
ssl_options.cacertfile = $tls_directory/authority.pem
ssl_options.certfile = $tls_directory/server.pem
ssl_options.keyfile = $tls_directory/server.key
ssl_options.verify = verify_none
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = $prometheus_port
load_definitions = $rabbitmq_directory/definitions.json
END
    # Read at every boot: a node whose data directory was lost comes back with user, virtual host and rights.
    cat >"$rabbitmq_directory/definitions.json" <<END
{
  "users": [{
    "name": "relais", "password_hash": "$(rabbitmq_password_hash)",
    "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"], "limits": {}
  }],
  "vhosts": [{"name": "relais"}],
  "permissions": [{"user": "relais", "vhost": "relais", "configure": ".*", "write": ".*", "read": ".*"}]
}
END
    cat >"$rabbitmq_directory/rabbitmqadmin.conf" <<END
[relais]
hostname = 127.0.0.1
port = $management_port
username = relais
password = $password
vhost = relais
END
    printf 'user = "relais:%s"\n' "$password" >"$rabbitmq_directory/curl.conf"
    chmod 600 "$rabbitmq_directory"/{definitions.json,rabbitmqadmin.conf,curl.conf}
}

rabbitmq_launch() {
    make_certificates
    rabbitmq_configure
    # Started by Erlang it would outlive the node as a daemon of nobody's.
    gone epmd && launch epmd epmd -address 127.0.0.1 -port "$epmd_port"
    wait_until 60 "starting epmd" answers "$epmd_port"
    (
        rabbitmq_environment
        # As many files as RabbitMQ asks for; more (containers allow a thousand million) costs Erlang memory.
        ulimit -Sn 65536 2>/dev/null || true
        cd "$rabbitmq_directory"
        launch rabbitmq "$rabbitmq_programs/rabbitmq-server"
    )
}

# Its listeners open after the definitions were read, that of TLS last; the check answers 200 only to our user.
rabbitmq_ready() {
    curl -fsS -o /dev/null -m 5 -K "$rabbitmq_directory/curl.conf" \
        "http://127.0.0.1:$management_port/api/health/checks/port-listener/$amqps_port" 2>/dev/null
}

rabbitmq_await() {
    await_ready rabbitmq 120 rabbitmq_ready
    [[ -x $rabbitmq_directory/rabbitmqadmin ]] || {
        curl -fsS -m 10 -o "$rabbitmq_directory/rabbitmqadmin" "http://127.0.0.1:$management_port/cli/rabbitmqadmin"
        chmod +x "$rabbitmq_directory/rabbitmqadmin"
    }
}

rabbitmq_stop() { terminate rabbitmq TERM 60; }
rabbitmq_kill() { kill_now rabbitmq; }
