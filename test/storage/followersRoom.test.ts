import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import type { FollowerStatus } from "../../src/storage/journal/followers.ts";
import { createFollowersRoom, FOLLOWERS_MS } from "../../src/storage/journal/followersRoom.ts";

describe("decisions wait for followers that are too far behind", () => {
  let behind: FollowerStatus[];
  let reached: () => void;
  let room: ReturnType<typeof createFollowersRoom>;
  let asked: number;
  const at = (name: string, position: number): FollowerStatus => ({
    ...{ name, position, lag: 100, failures: 0, stillMs: 0 },
  });
  /** Lets what has been decided come to whoever waits for it. */
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  afterEach(() => mock.timers.reset());
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    behind = [at("index", 1)];
    asked = 0;
    room = createFollowersRoom({
      tooFarBehind: () => behind,
      capacity: () => {
        asked++;
        return new Promise((resolve) => {
          reached = resolve;
        });
      },
    });
  });

  async function ends(waiting: Promise<void> | null, when: () => void): Promise<void> {
    assert.ok(waiting !== null, "it waits");
    let isOver = false;
    const over = waiting.then(() => {
      isOver = true;
    });
    await turn();
    assert.equal(isOver, false);
    when();
    await over;
  }

  test("not at all where none is", () => {
    behind = [];
    assert.equal(room(FOLLOWERS_MS), null);
    assert.equal(asked, 0);
  });

  test("until they have gone on, and again the next time", async () => {
    await ends(room(FOLLOWERS_MS), () => reached());
    await ends(room(FOLLOWERS_MS), () => reached());
  });

  test("for two seconds once, and then not until one of them has moved", async () => {
    await ends(room(FOLLOWERS_MS), () => mock.timers.tick(2_000));
    for (let i = 0; i < 3; i++) assert.equal(room(FOLLOWERS_MS), null);
    behind = [at("index", 2)];
    await ends(room(FOLLOWERS_MS), () => mock.timers.tick(2_000));
    assert.equal(room(FOLLOWERS_MS), null);
    assert.equal(asked, 2);
    behind = [at("index", 2), at("watching", 1)];
    await ends(room(FOLLOWERS_MS), () => reached());
  });

  test("for what is left of the two seconds where they have waited for something else", async () => {
    await ends(room(300), () => mock.timers.tick(300));
    assert.equal(createFollowersRoom({ tooFarBehind: () => behind, capacity: () => new Promise(() => {}) })(0), null);
  });
});
