"""bulk SIZE KIND, by CPython's telnetlib."""
import sys
import warnings

warnings.simplefilter("ignore")
import telnetlib  # noqa: E402

host, port, size, kind = sys.argv[1:5]
t = telnetlib.Telnet(host, int(port))
t.write(b"bulk %s\n" % size.encode())
if kind == "literal":
    text = t.read_until(b"router# ", 600)
else:
    _, _, text = t.expect({
        "regex": [rb"(?m)^router[#>] "],
        "three": [rb"Login incorrect", rb"(?m)^router[#>] ", rb"--More--"],
        "plain": [rb"[a-z]+[#>] "],
    }[kind], 600)
t.close()
print(len(text), text[-8:].decode(), sep="\t")
