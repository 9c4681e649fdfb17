"""What an idle keep-alive connection costs in memory, shown with thousands of them."""

import os
import socket
import ssl
import struct
import time

from harness import machine, measure

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: api.example.com\r\n\r\n"
# Descriptors that we and the server need beside the connections.
SPARE = 200


def per_connection(peer, directory, programs, count, encrypted):
    """Bytes of server memory that each of `count` open, used and now idle connections holds."""
    count = min(count, machine.raise_file_limit() - SPARE)
    connections = max(8192, count + 1000)
    with measure.server(peer, "W1", directory, programs, connections) as (process, _, setting):
        os.sched_setaffinity(0, {int(machine.CLIENT_CORE)} & os.sched_getaffinity(0)
                             or os.sched_getaffinity(0))
        port = setting.tls if encrypted else setting.port
        # What a first connection makes once and for all is not the price of a connection.
        held = opened(port, 50, encrypted)
        family = machine.family(process.pid)
        before = settled(family)
        held += opened(port, count, encrypted)
        after = settled(family)
        for one in held:
            one.close()
        return {
            "peer": peer.name, "tls": encrypted, "connections": count,
            "bytes_each": (after - before) / count, "memory": after,
        }


def settled(family):
    """Memory once it no longer changes."""
    last = machine.memory_bytes(family)
    for _ in range(20):
        time.sleep(0.25)
        now = machine.memory_bytes(family)
        if abs(now - last) < 64 * 1024:
            return now
        last = now
    return last


def opened(port, count, encrypted):
    """Connections that have each had one answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    held = []
    for _ in range(count):
        try:
            one = socket.create_connection(("127.0.0.1", port), 10)
            # Closed with a reset: thousands of sockets in TIME_WAIT would disturb what follows.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if encrypted:
                one = context.wrap_socket(one, server_hostname="api.example.com")
            one.sendall(REQUEST)
            if b" 200 " not in one.recv(4096):
                raise measure.Failed(f"connection {len(held)} was refused")
        except OSError as error:
            raise measure.Failed(f"connection {len(held)}: {error}") from error
        held.append(one)
    return held
