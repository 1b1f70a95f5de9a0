"""many COUNT, by pexpect on sockets, a thread for each host."""
import socket
import sys
import threading

import pexpect.fdpexpect

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
right = [0] * count
threading.stack_size(256 << 10)


def login(i):
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    child = pexpect.fdpexpect.fdspawn(sock.fileno(), timeout=60, use_poll=True)
    for line, wait in ((b"host\n", b"login: "), (b"brandon\n", b"Password: "), (b"mypass\n", b"router# ")):
        sock.sendall(line)
        child.expect_exact(wait)
    for _ in range(10):
        sock.sendall(b"show\n")
        child.expect_exact(b"router# ")
        right[i] += b"interface up" in child.before
    sock.close()


threads = [threading.Thread(target=login, args=(i,)) for i in range(count)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sum(right), "router# ", sep="\t")
