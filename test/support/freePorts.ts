import { createServer } from "node:net";

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

let drawn = 0;

/**
 * The first of so many free ports in a row, for programs that can't be told to take any. They are below those that
 * systems give out by themselves: no connection takes one before the program does; and each process of tests begins with those of its own.
 */
export async function freePorts(count = 1): Promise<number> {
  for (;;) {
    const first = 20_000 + ((process.pid * 20 + drawn++ * 4) % 10_000);
    const free = await Promise.all(Array.from({ length: count }, (_, n) => isFree(first + n)));
    if (free.every(Boolean)) return first;
  }
}
