// What a thread is in a test of two works at once: its job ends when it is cancelled, and not before.
export const readFiles = () => ({ policy: [], cases: [] });
export const replayApart = ({ port }) =>
  new Promise((resolve) => {
    port.once("message", () => resolve(null));
  });
