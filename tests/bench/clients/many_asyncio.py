"""many COUNT, by asyncio's streams: readuntil knows literals and no telnet."""
import asyncio
import sys

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


async def login():
    reader, writer = await asyncio.open_connection(host, port)
    for line, wait in ((b"host\n", b"login: "), (b"brandon\n", b"Password: "), (b"mypass\n", b"router# ")):
        writer.write(line)
        await reader.readuntil(wait)
    right = 0
    for _ in range(10):
        writer.write(b"show\n")
        right += b"interface up" in await reader.readuntil(b"router# ")
    writer.close()
    return right


async def main():
    print(sum(await asyncio.gather(*(login() for _ in range(count)))), "router# ", sep="\t")


asyncio.run(main())
