"""Runs cases on CPython's own telnetlib, for the differential test.

Reads a JSON list of cases on standard input, writes the JSON list of what each
printed. A case is a list of steps; its connection is a socket pair, so what the
peer says has arrived when say returns.
"""

import contextlib
import io
import json
import re
import socket
import sys
import warnings

warnings.simplefilter("ignore")
import telnetlib  # noqa: E402


def shown(value):
    return value.hex() if isinstance(value, bytes) else str(value).lower()


class Case:
    def __init__(self, case):
        self.ours, self.peer = socket.socketpair()
        for sock in self.ours, self.peer:  # each of many small writes costs some
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        telnetlib.socket.create_connection = self.connect
        self.telnet = telnetlib.Telnet("host", 0, 0.01)
        self.telnet.set_debuglevel(case["debug"])
        if case["callback"]:
            self.telnet.set_option_negotiation_callback(self.callback)
        for step in case["steps"]:
            getattr(self, step[0])(*step[1:])
        self.heard()
        self.telnet.close()
        self.peer.close()

    def connect(self, _address, timeout):
        self.ours.settimeout(timeout)
        return self.ours

    def callback(self, sock, command, option):
        print("callback", command.hex(), option.hex())
        if command == telnetlib.SE:
            print("sb", self.telnet.read_sb_data().hex())
        elif option == telnetlib.TTYPE:
            sock.sendall(telnetlib.IAC + telnetlib.WILL + telnetlib.TTYPE)

    def say(self, data):
        self.peer.sendall(bytes.fromhex(data))

    def hangup(self):
        self.peer.shutdown(socket.SHUT_WR)

    def heard(self):
        self.peer.setblocking(False)
        got = b""
        with contextlib.suppress(BlockingIOError):
            while piece := self.peer.recv(65536):
                got += piece
        self.peer.setblocking(True)
        print("heard", got.hex())

    def call(self, name, *args):
        try:
            result = getattr(self.telnet, name)(*args)
        except EOFError:
            print(name, "EOFError")
        except TimeoutError:
            print(name, "TimeoutError")
        else:
            print(name, shown(result))
        print("eof", str(bool(self.telnet.eof)).lower())

    def read_until(self, match, timeout):
        self.call("read_until", bytes.fromhex(match), timeout)

    def write(self, data):
        self.call("write", bytes.fromhex(data))

    def expect(self, patterns, timeout):
        try:
            i, m, text = self.telnet.expect([re.compile(p.encode("latin-1")) for p in patterns], timeout)
        except EOFError:
            print("expect EOFError")
            return
        print("expect", i + 1 if i >= 0 else i, text.hex())
        if m:
            print("match", m.group(0).hex(), *["none" if g is None else g.hex() for g in m.groups()])


def run(case):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        Case(case)
    return out.getvalue()


if sys.argv[1:] == ["constants"]:
    constants = {name: value for name, value in vars(telnetlib).items() if isinstance(value, bytes)}
    json.dump({name: value[0] for name, value in constants.items()}, sys.stdout)
    sys.exit()
json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)
