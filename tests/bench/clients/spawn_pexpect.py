"""spawn FILE: what cat prints of a file on a terminal, until the prompt."""
import sys

import pexpect

child = pexpect.spawn("cat", [sys.argv[1]], timeout=600, maxread=65536)
child.expect_exact(b"router# ")
text = child.before + child.after
child.close()
print(len(text), text[-8:].decode(), sep="\t")
