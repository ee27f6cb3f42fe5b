import type { TestContext } from "node:test";
import type { Consumer } from "../../src/storage/journal/consumer.ts";

/** A consumer that can be held where it reads; it goes on when the test is over, as its storage is closed after that. */
export function heldConsumer(context: Pick<TestContext, "after">, consumer: Consumer) {
  let going = Promise.resolve();
  let goOn = (): void => {};
  context.after(() => goOn());
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
