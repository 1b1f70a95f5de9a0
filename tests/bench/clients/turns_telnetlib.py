"""turns COUNT, by CPython's telnetlib."""
import sys
import warnings

warnings.simplefilter("ignore")
import telnetlib  # noqa: E402

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
t = telnetlib.Telnet(host, port)
t.write(b"turn\n")
total = 0
for _ in range(count):
    t.write(b"show\n")
    total += len(t.read_until(b"router# ", 30))
t.close()
print(total, "router# ", sep="\t")
