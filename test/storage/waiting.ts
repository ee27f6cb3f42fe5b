/** What has a readiness that changes: a journal, a writer. */
interface Changing {
  readonly ready: boolean;
  onChange(listener: (ready: boolean) => void): () => void;
}

/** Waits until it is ready, or not. The timers of the code under test keep no process alive; this does. */
export async function until(changing: Changing, wanted: boolean): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => {
    const end = changing.onChange((ready) => {
      if (ready !== wanted) return;
      end();
      resolve();
    });
    if (changing.ready === wanted) resolve();
  });
  clearInterval(alive);
}
