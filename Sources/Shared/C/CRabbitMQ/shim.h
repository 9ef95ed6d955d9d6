// librabbitmq, as Debian ships it (0.11: no rabbitmq-c/ folder).
#pragma once
#include <sys/time.h>
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
