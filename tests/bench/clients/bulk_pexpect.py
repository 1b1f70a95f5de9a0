"""bulk SIZE KIND, by pexpect on a socket."""
import socket
import sys

import pexpect
import pexpect.fdpexpect

host, port, size, kind = sys.argv[1:5]
sock = socket.create_connection((host, int(port)))
child = pexpect.fdpexpect.fdspawn(sock.fileno(), timeout=600, maxread=65536)
sock.sendall(b"bulk %s\n" % size.encode())
if kind == "literal":
    child.expect_exact(b"router# ")
else:
    child.expect({
        "regex": [rb"(?m)^router[#>] "],
        "three": [rb"Login incorrect", rb"(?m)^router[#>] ", rb"--More--"],
        "plain": [rb"[a-z]+[#>] "],
    }[kind])
text = child.before + child.after
sock.close()
print(len(text), text[-8:].decode(), sep="\t")
