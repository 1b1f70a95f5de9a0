"""Show streams on pyte's screen. Reads {"columns": N, "streams": [...]} as JSON, and writes
for each stream the lines that the screen shows, with rows that wrapped by themselves joined."""
import json
import sys

import pyte


class Screen(pyte.Screen):
    def reset(self):
        super().reset()
        self.wrapped = set()  # rows that go on with the one above

    def draw(self, data):
        for char in data:
            row = self.cursor.y
            super().draw(char)
            if self.cursor.y == row + 1:
                self.wrapped.add(self.cursor.y)


def lines(stream, columns):
    screen = Screen(columns, 60)
    pyte.Stream(screen).feed(stream)
    out = []
    for y in range(screen.lines):
        # The columns that a wide character covers are empty strings in the row.
        text = "".join(screen.buffer[y][x].data for x in range(columns))
        if y in screen.wrapped:
            out[-1] += text
        else:
            out.append(text)
    out = [line.rstrip() for line in out]
    while out and not out[-1]:
        out.pop()
    return out


job = json.load(sys.stdin)
json.dump([lines(s, job["columns"]) for s in job["streams"]], sys.stdout)
