// librabbitmq, as Debian ships it (0.11: no rabbitmq-c/ folder).
#pragma once
#include <sys/time.h>
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

// Swift cannot call a variadic C function; PLAIN is the one mechanism used.
static inline amqp_rpc_reply_t crabbitmq_login_plain(amqp_connection_state_t connection, const char *virtual_host,
                                                     int channel_max, int frame_max, int heartbeat,
                                                     const amqp_table_t *client_properties, const char *user,
                                                     const char *password) {
    return amqp_login_with_properties(connection, virtual_host, channel_max, frame_max, heartbeat, client_properties,
                                      AMQP_SASL_METHOD_PLAIN, user, password);
}
