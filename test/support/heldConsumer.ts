import type { Consumer } from "../../src/storage/journal/consumer.ts";

/** A consumer that can be held where it reads; it must go on before its storage is closed. */
export function heldConsumer(consumer: Consumer) {
  let going = Promise.resolve();
  let goOn = (): void => {};
  return {
    consumer: {
      ...consumer,
      async read(batch) {
        await going;
        return consumer.read?.(batch);
      },
    } satisfies Consumer as Consumer,
    hold(): void {
      going = new Promise((resolve) => {
        goOn = resolve;
      });
    },
    goOn: () => goOn(),
  };
}
