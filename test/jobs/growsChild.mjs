/** Takes more and more memory where it is told to. */
export default async function grows({ grow, port }) {
  try {
    for (const kept = []; grow; )
      kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i, text: `${i} ${kept.length}` })));
    return 1;
  } finally {
    port.close();
  }
}
