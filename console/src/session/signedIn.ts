// Where the issuer sends the window of a sign-in: its answer is handed to the page that asked, which alone can use it. By a channel, as an
// issuer may cut the tie between the two windows (Cross-Origin-Opener-Policy).
const url = location.href;
const channel = new BroadcastChannel(`scopewarden.signed-in.${new URLSearchParams(location.search).get("state")}`);
history.replaceState(null, "", location.pathname); // A code has no place in an address that stays.

function show(text: string): void {
  const words = document.getElementById("words");
  if (words !== null) words.textContent = text;
}

const waiting = setTimeout(
  () =>
    show("The page that asked for this sign-in is gone, or did not wait. Close this window, and sign in there again."),
  2000,
);
channel.addEventListener("message", ({ data }) => {
  if (data !== "taken") return;
  clearTimeout(waiting);
  show("You are signed in. This window may be closed.");
  window.close();
});
channel.postMessage({ url });

export {};
