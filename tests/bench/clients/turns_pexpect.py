"""turns COUNT, by pexpect on a socket."""
import socket
import sys

import pexpect.fdpexpect

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sock = socket.create_connection((host, port))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
child = pexpect.fdpexpect.fdspawn(sock.fileno(), timeout=30)
sock.sendall(b"turn\n")
total = 0
for _ in range(count):
    sock.sendall(b"show\n")
    child.expect_exact(b"router# ")
    total += len(child.before) + len(child.after)
sock.close()
print(total, "router# ", sep="\t")
